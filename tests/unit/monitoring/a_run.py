"""Facts of runs for reports: a big one that is published, and the same while it is open."""

import random
from datetime import UTC, date, datetime, timedelta
from typing import Any

from labeler import layout
from labeler.ledger import RunRecord, UnitRecord
from labeler.messages import ModelPin, Pins, ReferencePin, RunState, UnitReceipt, UnitState
from labeler.monitoring.facts import RunFacts
from labeler.monitoring.records import ColumnDrift, DriftReport, ReferenceNote, Verdict
from labeler.published import DeadlineState, FailedUnit, Forecast, RunSummary
from labeler.run_index import RunIndex, UnitSlice

T0 = datetime(2026, 3, 2, 5, tzinfo=UTC)
DAY = date(2026, 3, 2)
RUN = layout.run_id(DAY)
MIX = {"SERVIÇO": 0.36, "RESTAURANTE": 0.18, "VAREJO": 0.12, "SUPERMERCADOS": 0.09, "VESTUARIO": 0.05, "M.O.T.O.": 0.05}
REJECTS = {"row_not_a_date": 9, "row_out_of_range": 5, "file_truncated": 1}
REJECTED_ROWS = {"row_not_a_date": 9, "row_out_of_range": 5, "file_truncated": 170}
EXAMPLES = {"row_not_a_date": ["landing/2026-03-02/account-0000007.csv line 12, column data"]}
PINS = Pins(
    model=ModelPin(name="transactions", version="7", key="m", sha256="a" * 64, features_digest="f"),
    reference=ReferencePin(key="r", sha256="b" * 64, version="2026"),
)
REFERENCE = ReferenceNote(origin="run daily-2026-02-20", rows=20_000, label_shares=MIX, reject_share=0.001)


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


def run_facts(*, is_open: bool = False, workers: int = 12, units: int = 120, **changed: Any) -> RunFacts:
    """A run of `units` units that takes some twenty minutes; open: what it had after two thirds of them."""
    chance = random.Random(4)
    speed = [chance.uniform(0.7, 1.3) for _ in range(workers)]
    clock = [60.0 + 5 * worker for worker in range(workers)]
    receipts = []
    for unit_id in range(1, units + 1):
        worker = min(range(workers), key=lambda one: clock[one])
        takes = 100 / speed[worker] * chance.uniform(0.8, 1.4)
        receipts.append(receipt(unit_id, worker, clock[worker], takes))
        clock[worker] += takes
    receipts = sorted(receipts, key=lambda one: one.finished_at)[: 2 * units // 3 if is_open else units]
    ended = receipts[-1].finished_at
    lasted = (ended - T0).total_seconds()
    ticks = [forecast(60, None, 0)] + [
        forecast(at, 1240 + 420 * (1 - at / 1240) * chance.uniform(-1, 1.4), 60 + 500 * max(1 - at / 1240, 0))
        for at in range(120, int(lasted), 60)
    ]
    records = [
        UnitRecord(unit_id=one.unit_id, state=UnitState.DONE, finished_at=one.finished_at, worker_id=one.worker_id)
        for one in receipts
    ]
    run = RunRecord(
        run_id=RUN,
        run_date=DAY,
        state=RunState.RUNNING if is_open else RunState.COMPLETE,
        started_at=T0,
        deadline_at=T0 + timedelta(minutes=30),
        files=2000 * units,
        units=units,
        units_done=len(receipts),
        rows_labeled=sum(one.rows_labeled for one in receipts),
        model_name="transactions",
        model_version="7",
    )
    facts: dict[str, Any] = {
        "run": run,
        "summary": None if is_open else summary_of(receipts, ended),
        "index": index(units),
        "forecasts": ticks,
        "units": records,
        "receipts": receipts,
        "examples": EXAMPLES,
        "before": summary_of(receipts, ended, run_date=DAY - timedelta(days=1)),
        "drift": None if is_open else drift(),
        "performance": None,
    }
    return RunFacts(**{**facts, **changed})


def summary_of(receipts: list[UnitReceipt], ended: datetime, **changed: Any) -> RunSummary:
    rows = sum(one.rows_in for one in receipts)
    counts = {name: int(share * rows) for name, share in MIX.items()}
    values: dict[str, Any] = {
        "run_id": RUN,
        "run_date": DAY,
        "state": RunState.COMPLETE,
        "generation": 1,
        "reasons": (),
        "files": 2000 * len(receipts),
        "files_labeled": 2000 * len(receipts),
        "files_rejected": 0,
        "files_failed": 0,
        "units": len(receipts),
        "units_failed": 0,
        "failed_units": (),
        "rows_in": rows,
        "rows_labeled": rows - 100,
        "rows_quarantined": 100,
        "coverage": 0.99996,
        "rejects": REJECTS,
        "rejected_rows": REJECTED_ROWS,
        "label_counts": counts,
        "model_name": "transactions",
        "model_version": "7",
        "model_sha256": "a" * 64,
        "labels": f"s3://labels/labels/day={DAY}/run={RUN}/",
        "quarantine": f"s3://labels/quarantine/day={DAY}/run={RUN}/",
        "started_at": T0,
        "finished_at": ended,
        "deadline_at": T0 + timedelta(minutes=30),
        "slack_s": 1800 - (ended - T0).total_seconds(),
        "elapsed_s": (ended - T0).total_seconds(),
        "files_per_second": 180.0,
        "stage_s": {},
    }
    return RunSummary(**{**values, **changed})


def failed_summary(facts: RunFacts) -> RunSummary:
    assert facts.summary is not None
    return facts.summary.model_copy(
        update={
            "state": RunState.FAILED,
            "reasons": ("2000 of 240000 files have no labels (0.83%, tolerated 0.50%)",),
            "units_failed": 1,
            "failed_units": (FailedUnit(unit_id=9, files=2000, reason="ObjectMissingError: the slice is gone"),),
        }
    )


def index(units: int) -> RunIndex:
    return RunIndex(
        run_id=RUN,
        run_date=DAY,
        task="t",
        landing_dates=(DAY,),
        files=2000 * units,
        size_bytes=1,
        files_seen_before=40,
        pins=PINS,
        units=tuple(
            UnitSlice(unit_id=n, slice_key="s", slice_sha256="c" * 64, files=2000, size_bytes=1)
            for n in range(1, units + 1)
        ),
    )


def drift(**changed: Any) -> DriftReport:
    def column(name: str, score: float, threshold: float = 0.1) -> ColumnDrift:
        return ColumnDrift(column=name, method="wasserstein", score=score, threshold=threshold)

    values: dict[str, Any] = {
        "run_id": RUN,
        "run_date": DAY,
        "generation": 1,
        "model_version": "7",
        "model_sha256": "a" * 64,
        "at": T0,
        "verdict": Verdict.DRIFTED,
        "flags": (
            "amount lies 0.41 from the reference, 0.10 is allowed",
            "the labels' mix moved by 0.12, 0.10 is allowed",
        ),
        "rows_sampled": 20_000,
        "features": (column("amount", 0.41), column("log_amount", 0.08), column("age", 0.01)),
        "label": column("labels", 0.12),
        "confidence": column("confidence", 0.02),
        "rejects": column("rejects", 0.001, 0.02),
        "reference": REFERENCE,
    }
    return DriftReport(**{**values, **changed})
