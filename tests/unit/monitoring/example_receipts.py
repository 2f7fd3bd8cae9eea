"""Receipts and forecasts of an example run."""

import random
from datetime import UTC, date, datetime, timedelta

from labeler import layout
from labeler.messages import UnitReceipt
from labeler.published import DeadlineState, Forecast

T0 = datetime(2026, 3, 2, 5, tzinfo=UTC)
DAY = date(2026, 3, 2)
RUN = layout.run_id(DAY)
MIX = {"SERVIÇO": 0.36, "RESTAURANTE": 0.18, "VAREJO": 0.12, "SUPERMERCADOS": 0.09, "VESTUARIO": 0.05, "M.O.T.O.": 0.05}
REJECTS = {"row_not_a_date": 9, "row_out_of_range": 5, "file_truncated": 1}
REJECTED_ROWS = {"row_not_a_date": 9, "row_out_of_range": 5, "file_truncated": 170}


def receipt(unit_id: int, worker: int, begins_s: float, takes_s: float) -> UnitReceipt:
    rows = 340_000
    return UnitReceipt(
        run_id=RUN,
        run_date=DAY,
        unit_id=unit_id,
        files=2000,
        files_rejected=1,
        size_bytes=34_000_000,
        rows_in=rows,
        rows_labeled=rows - 14,
        rows_quarantined=14,
        rejects=REJECTS,
        rejected_rows=REJECTED_ROWS,
        labels=None,
        quarantine=None,
        label_counts={name: int(share * rows) for name, share in MIX.items()},
        model_version="7",
        model_sha256="a" * 64,
        worker_id=f"labeler-worker-{worker:02d}",
        receive_count=1 + (unit_id % 17 == 0),
        started_at=T0 + timedelta(seconds=begins_s),
        finished_at=T0 + timedelta(seconds=begins_s + takes_s),
        stage_s={
            "fetch": 1.1,
            "read": 0.3,
            "features": 0.2,
            "predict": 1.4,
            "sample": 0.02,
            "write": 0.08,
            "upload": 0.1,
        },
    )


def forecast(
    at_s: float, eta_s: float | None, half_s: float, state: DeadlineState = DeadlineState.ON_TRACK
) -> Forecast:
    def moment(seconds: float | None) -> datetime | None:
        return None if seconds is None else T0 + timedelta(seconds=seconds)

    return Forecast(
        at=T0 + timedelta(seconds=at_s),
        state=state,
        eta_at=moment(eta_s),
        eta_low_at=moment(eta_s and max(eta_s - half_s, at_s)),
        eta_high_at=moment(eta_s and eta_s + half_s),
        slack_s=None if eta_s is None else 1800 - eta_s,
        workers_active=12,
        workers_needed=9,
        units_left=40,
        bytes_per_worker_s=1.0,
    )


def receipts_of_run(chance: random.Random, *, workers: int, units: int) -> list[UnitReceipt]:
    """In the order in which they came; each worker has its own speed."""
    speed = [chance.uniform(0.7, 1.3) for _ in range(workers)]
    clock = [60.0 + 5 * worker for worker in range(workers)]
    receipts = []
    for unit_id in range(1, units + 1):
        worker = min(range(workers), key=lambda one: clock[one])
        takes = 100 / speed[worker] * chance.uniform(0.8, 1.4)
        receipts.append(receipt(unit_id, worker, clock[worker], takes))
        clock[worker] += takes
    return sorted(receipts, key=lambda one: one.finished_at)


def forecasts(chance: random.Random, *, lasted_s: float) -> list[Forecast]:
    """One a minute; the first knows no end, later ones scatter less and less."""
    return [forecast(60, None, 0)] + [
        forecast(at, 1240 + 420 * (1 - at / 1240) * chance.uniform(-1, 1.4), 60 + 500 * max(1 - at / 1240, 0))
        for at in range(120, int(lasted_s), 60)
    ]
