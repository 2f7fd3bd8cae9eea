"""A run of three units, and what happens to them."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import Any

from labeler.ledger import Ledger, RunRecord
from labeler.messages import RunState, UnitReceipt

T0 = datetime(2026, 3, 2, 6, tzinfo=UTC)
NEW_DEADLINE = T0 + timedelta(hours=5)
RUN = RunRecord(
    run_id="daily-2026-03-02",
    run_date=date(2026, 3, 2),
    state=RunState.PLANNING,
    started_at=T0,
    deadline_at=T0 + timedelta(minutes=30),
)


def receipt(unit_id: int) -> UnitReceipt:
    return UnitReceipt(
        run_id=RUN.run_id,
        run_date=RUN.run_date,
        unit_id=unit_id,
        files=10,
        files_rejected=0,
        size_bytes=1000,
        rows_in=100,
        rows_labeled=98,
        rows_quarantined=2,
        rejects={},
        labels=None,
        quarantine=None,
        label_counts={},
        model_version="1",
        model_sha256="a" * 64,
        worker_id="w",
        receive_count=1,
        started_at=T0,
        finished_at=T0 + timedelta(minutes=1),
        stage_s={},
    )


def done(ledger: Ledger, *unit_ids: int) -> list[bool]:
    return [ledger.settle_done(receipt(unit_id), NEW_DEADLINE) for unit_id in unit_ids]


def fail(ledger: Ledger, unit_id: int) -> bool:
    return ledger.settle_failed(RUN.run_id, unit_id, reason="died", files=10, at=T0)


def together(count: int, call: Callable[[int], Any]) -> list[Any]:
    barrier = threading.Barrier(count)

    def one(number: int) -> Any:
        barrier.wait()
        return call(number)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))
