"""The ledger says, for every run, which units are settled. It alone decides completion. `items` has its table.

A unit and the run's counters change in one transaction, so a duplicate event changes neither. Units move
(absent) -> DONE, (absent) -> FAILED, FAILED -> DONE and, by a redrive, FAILED -> (absent); never DONE -> anything.
A generation is one settled state of a run: whatever changes a settled run opens the next one.
"""

from datetime import datetime
from typing import Any

from labeler.aws import Aws
from labeler.errors import RunNotFoundError, ThrottledError
from labeler.ledger.items import (
    RUNS,
    TICK,
    UNIT,
    done_values,
    expiry,
    failed_values,
    forecast_key,
    receipt_counters,
    run_key,
    run_record,
    unit_key,
    unit_record,
)
from labeler.ledger.records import RunRecord, UnitRecord
from labeler.ledger.table import CONFLICT_TRIES, Table
from labeler.messages import RunState, UnitReceipt, UnitState
from labeler.published import Forecast


class Ledger:
    def __init__(self, aws: Aws, table: str) -> None:
        self._table = Table(aws, table)

    # ---- the run

    def open_run(self, run: RunRecord) -> bool:
        """False when the run is there already: nothing is changed."""
        values = run.model_dump(mode="json", exclude={"run_id"})
        return self._table.transact(
            [self._table.update(run_key(run.run_id), put={**values, **expiry(run.started_at)}, absent=True)]
        )

    def run(self, run_id: str) -> RunRecord:
        """Strongly consistent. Raises RunNotFoundError."""
        item = self._table.item(run_key(run_id))
        if item is None:
            raise RunNotFoundError(f"there is no run {run_id}", hint="`labeler run list` shows the runs")
        return run_record(item)

    def runs(self) -> list[RunRecord]:
        """All runs that the ledger keeps, newest first."""
        records = [run_record(item) for item in self._table.query(RUNS, "")]
        return sorted(records, key=lambda run: run.started_at, reverse=True)

    def start(self, run: RunRecord) -> None:
        """PLANNING -> RUNNING with what was planned, before the first message; nothing when it runs already."""
        planned = run.model_dump(mode="json", include={"files", "size_bytes", "units", "model_name", "model_version"})
        put = {**planned, "state": RunState.RUNNING.value}
        self._table.transact(
            [self._table.update(run_key(run.run_id), put=put, expect={"state": RunState.PLANNING.value})]
        )

    def record_dispatched(self, run_id: str, units_dispatched: int) -> None:
        self._table.transact(
            [self._table.update(run_key(run_id), put={"units_dispatched": units_dispatched}, present=True)]
        )

    def close(self, run: RunRecord, state: RunState, finished_at: datetime) -> bool:
        """RUNNING -> a published state; False when the run is no longer as `run` says (another call was first)."""
        expect = {
            "state": RunState.RUNNING.value,
            "generation": run.generation,
            "units_done": run.units_done,
            "units_failed": run.units_failed,
        }
        put = {"state": state.value, "finished_at": finished_at.isoformat()}
        return self._table.transact([self._table.update(run_key(run.run_id), put=put, expect=expect)])

    # ---- its units

    def settle_done(self, receipt: UnitReceipt, deadline_at: datetime) -> bool:
        """Counts a receipt once; False when it was counted before.

        A receipt that arrives for a published run (a unit given up too early, or one redriven) opens the next
        generation, with `deadline_at` as its deadline.
        """
        counters = receipt_counters(receipt)
        for _ in range(CONFLICT_TRIES):
            run, before = self.run(receipt.run_id), self.unit(receipt.run_id, receipt.unit_id)
            if before is not None and before.state is UnitState.DONE:
                return False
            add = {"units_done": 1, **counters} | ({"units_failed": -1} if before else {})
            if self._table.transact(
                [
                    self._unit_update(receipt.run_id, receipt.unit_id, done_values(receipt), before),
                    self._run_update(run, add, deadline_at, is_failed=before is not None),
                ]
            ):
                return True
        raise ThrottledError(f"settling unit {receipt.unit_id} of {receipt.run_id}: the ledger kept changing")

    def settle_failed(self, run_id: str, unit_id: int, *, reason: str, files: int, at: datetime) -> bool:
        """Counts a dead letter once; False when the unit is settled already (a receipt beats a dead letter)."""
        unit = failed_values(reason, files, at)
        return self._table.transact(
            [
                self._table.update(unit_key(run_id, unit_id), put=unit, absent=True),
                self._table.update(run_key(run_id), add={"units_failed": 1}, expect={"state": RunState.RUNNING.value}),
            ]
        )

    def reopen_failed(self, run_id: str, unit_id: int, deadline_at: datetime) -> bool:
        """FAILED -> (absent), for a redrive: the run waits for the unit again; False when it is not FAILED."""
        for _ in range(CONFLICT_TRIES):
            run, before = self.run(run_id), self.unit(run_id, unit_id)
            if before is None or before.state is not UnitState.FAILED:
                return False
            delete = self._table.delete(unit_key(run_id, unit_id), expect={"state": UnitState.FAILED.value})
            if self._table.transact([delete, self._run_update(run, {"units_failed": -1}, deadline_at, is_failed=True)]):
                return True
        raise ThrottledError(f"reopening unit {unit_id} of {run_id}: the ledger kept changing")

    def unit(self, run_id: str, unit_id: int) -> UnitRecord | None:
        item = self._table.item(unit_key(run_id, unit_id))
        return None if item is None else unit_record(item)

    def units(self, run_id: str) -> list[UnitRecord]:
        """The settled units, by id."""
        return [unit_record(item) for item in self._table.query(run_id, UNIT)]

    # ---- forecasts over time

    def record_forecast(self, run_id: str, forecast: Forecast) -> None:
        put = {"forecast": forecast.to_json(), **expiry(forecast.at)}
        self._table.transact([self._table.update(forecast_key(run_id, forecast.at), put=put)])

    def forecasts(self, run_id: str) -> list[Forecast]:
        """Oldest first."""
        return [Forecast.parse(item["forecast"], source=item["sk"]) for item in self._table.query(run_id, TICK)]

    def _unit_update(
        self, run_id: str, unit_id: int, values: dict[str, Any], before: UnitRecord | None
    ) -> dict[str, Any]:
        key = unit_key(run_id, unit_id)
        if before is None:
            return self._table.update(key, put=values, absent=True)
        return self._table.update(key, put=values, expect={"state": before.state.value})

    def _run_update(
        self, run: RunRecord, add: dict[str, int], deadline_at: datetime, *, is_failed: bool
    ) -> dict[str, Any]:
        """The run's part of a transaction: counters, and the next generation when this one was or is being published.

        A generation is one settled state of the run. When a FAILED unit changes after everything was settled, a
        publisher may be writing that state right now: what it writes must keep its number.
        """
        key, expect = run_key(run.run_id), {"state": run.state.value, "generation": run.generation}
        if run.state.is_published:
            put = {"state": RunState.RUNNING.value, "deadline_at": deadline_at.isoformat(), "finished_at": None}
            return self._table.update(key, put=put, add={"generation": 1, **add}, expect=expect)
        if not is_failed:
            return self._table.update(key, add=add, expect=expect)
        counted = {"units_done": run.units_done, "units_failed": run.units_failed}
        # counted is expected, too, for the unit that settles the run may come between our read and this write
        next_generation = {"generation": 1} if run.is_settled else {}
        return self._table.update(key, add={**next_generation, **add}, expect={**expect, **counted})
