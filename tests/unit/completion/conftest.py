"""Evidence of a run in which everything is right, for tests to break one thing of."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from labeler import layout
from labeler.completion.evidence import Evidence
from labeler.completion.reconcile import outputs
from labeler.ledger import RunRecord, UnitRecord
from labeler.messages import ModelPin, OutputObject, Pins, ReferencePin, RunState, UnitReceipt, UnitState
from labeler.run_index import RunIndex, UnitSlice

T0 = datetime(2026, 3, 2, 6, tzinfo=UTC)
RUN_ID = "daily-2026-03-02"
RUN_DATE = date(2026, 3, 2)


def output(kind: str, unit_id: int, rows: int) -> OutputObject:
    sha256 = f"{unit_id:064x}"[::-1]
    key = layout.output_key(kind, RUN_DATE, RUN_ID, unit_id, sha256)
    return OutputObject(key=key, sha256=sha256, size_bytes=50, rows=rows)


def receipt(unit_id: int) -> UnitReceipt:
    return UnitReceipt(
        run_id=RUN_ID,
        run_date=RUN_DATE,
        unit_id=unit_id,
        files=10,
        files_rejected=1,
        size_bytes=1000,
        rows_in=100,
        rows_labeled=98,
        rows_quarantined=2,
        rejects={"amount": 2, "file_empty": 1},
        labels=output(layout.LABELS, unit_id, 98),
        quarantine=output(layout.QUARANTINE, unit_id, 3),
        label_counts={"VAREJO": 98},
        model_version="7",
        model_sha256="a" * 64,
        worker_id="w",
        receive_count=1,
        started_at=T0,
        finished_at=T0 + timedelta(minutes=unit_id),
        stage_s={"fetch": 0.1},
    )


def run_record(*, units: int, done: int, failed: int) -> RunRecord:
    return RunRecord(
        run_id=RUN_ID,
        run_date=RUN_DATE,
        state=RunState.RUNNING,
        started_at=T0,
        deadline_at=T0 + timedelta(minutes=30),
        files=10 * units,
        size_bytes=1000 * units,
        units=units,
        units_done=done,
        units_failed=failed,
        files_done=10 * done,
        bytes_done=1000 * done,
        rows_in=100 * done,
        rows_labeled=98 * done,
        rows_quarantined=2 * done,
    )


def run_index(units: Sequence[UnitRecord]) -> RunIndex:
    pins = Pins(
        model=ModelPin(name="transactions", version="7", key="m", sha256="a" * 64, features_digest="f"),
        reference=ReferencePin(key="r", sha256="b" * 64, version="1"),
    )
    slices = (
        UnitSlice(unit_id=unit.unit_id, slice_key="s", slice_sha256="c" * 64, files=10, size_bytes=1000)
        for unit in units
    )
    return RunIndex(
        run_id=RUN_ID,
        run_date=RUN_DATE,
        task="t",
        landing_dates=(RUN_DATE,),
        files=10 * len(units),
        size_bytes=1000 * len(units),
        files_seen_before=0,
        pins=pins,
        units=tuple(slices),
    )


def evidence(done: tuple[int, ...] = (1, 2), dead: tuple[int, ...] = ()) -> Evidence:
    receipts = {unit_id: receipt(unit_id) for unit_id in done}
    units = [UnitRecord(unit_id=n, state=UnitState.DONE, finished_at=receipts[n].finished_at) for n in done] + [
        UnitRecord(unit_id=n, state=UnitState.FAILED, reason="died", finished_at=T0 + timedelta(minutes=20))
        for n in dead
    ]
    run = run_record(units=len(units), done=len(done), failed=len(dead))
    objects = {
        written.key: written.size_bytes for unit_receipt in receipts.values() for written in outputs(unit_receipt)
    }
    return Evidence(run, run_index(units), tuple(units), receipts, {}, objects)


@pytest.fixture
def make_evidence() -> Callable[..., Evidence]:
    """`make_evidence(done=(1, 2), dead=(3,))`."""
    return evidence


@pytest.fixture
def make_receipt() -> Callable[..., Any]:
    return receipt
