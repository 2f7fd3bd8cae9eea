"""The data of an example run for reports: a big one that is published, and the same while it is open."""

import random
from datetime import timedelta
from typing import Any

from labeler.ledger import RunRecord, UnitRecord
from labeler.messages import RunState, UnitReceipt, UnitState
from labeler.monitoring.run_report.run_data import RunData
from tests.unit.monitoring.example_drift import drift_report
from tests.unit.monitoring.example_receipts import DAY, RUN, T0, forecasts, receipts_of_run
from tests.unit.monitoring.example_summary import index, summary_of

EXAMPLES = {"row_not_a_date": ["landing/2026-03-02/account-0000007.csv line 12, column data"]}


def run_data(*, is_open: bool = False, workers: int = 12, units: int = 120, **changed: Any) -> RunData:
    """A run of `units` units that takes some twenty minutes; open: what it had after two thirds of them."""
    chance = random.Random(4)
    receipts = receipts_of_run(chance, workers=workers, units=units)[: 2 * units // 3 if is_open else units]
    ended = receipts[-1].finished_at
    data: dict[str, Any] = {
        "run": run_record(receipts, units=units, is_open=is_open),
        "summary": None if is_open else summary_of(receipts, ended),
        "index": index(units),
        "forecasts": forecasts(chance, lasted_s=(ended - T0).total_seconds()),
        "units": [
            UnitRecord(unit_id=one.unit_id, state=UnitState.DONE, finished_at=one.finished_at, worker_id=one.worker_id)
            for one in receipts
        ],
        "receipts": receipts,
        "examples": EXAMPLES,
        "previous": summary_of(receipts, ended, run_date=DAY - timedelta(days=1)),
        "drift": None if is_open else drift_report(),
        "performance": None,
    }
    return RunData(**{**data, **changed})


def run_record(receipts: list[UnitReceipt], *, units: int, is_open: bool) -> RunRecord:
    return RunRecord(
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
