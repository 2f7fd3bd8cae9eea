"""The summary and the index of the example run."""

from datetime import datetime, timedelta
from typing import Any

from labeler.messages import ModelPin, Pins, ReferencePin, RunState, UnitReceipt
from labeler.published import FailedUnit, RunSummary
from labeler.run_index import RunIndex, UnitSlice
from tests.unit.monitoring.example_receipts import DAY, MIX, REJECTED_ROWS, REJECTS, RUN, T0

PINS = Pins(
    model=ModelPin(name="transactions", version="7", key="m", sha256="a" * 64, features_digest="f"),
    reference=ReferencePin(key="r", sha256="b" * 64, version="2026"),
)


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


def failed_summary(summary: RunSummary) -> RunSummary:
    return summary.model_copy(
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
