"""A run from landed files to dispatched units, and what repeated or concurrent calls do."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from labeler.messages import RunState
from labeler.run_index import RunIndex
from tests.integration.dynamodb import isolate_calls
from tests.integration.manifest.conftest import DAY, FILES, NOW, YESTERDAY

if TYPE_CHECKING:
    from tests.integration.manifest.conftest import Manifest


def test_every_new_file_is_in_exactly_one_unit(manifest: "Manifest") -> None:
    keys = manifest.stack.put_files(FILES, DAY)

    plan = manifest.start(DAY)

    units = manifest.dispatched()
    assert (plan.is_new, plan.state, plan.files, plan.units) == (True, RunState.RUNNING, 25, 3)
    assert [unit.unit_id for unit in units] == [1, 2, 3]
    assert manifest.files_of(units) == sorted(keys)
    assert all(unit.files <= 10 for unit in units)
    assert plan.size_bytes == sum(map(len, FILES.values())) == sum(unit.size_bytes for unit in units)


def test_index_and_messages_name_the_same_units(manifest: "Manifest") -> None:
    manifest.stack.put_files(FILES, DAY)

    plan = manifest.start(DAY)

    index = RunIndex.parse(manifest.stack.runs.get(plan.index_key), source=plan.index_key)
    assert index.landing_dates == (DAY - timedelta(days=2), YESTERDAY, DAY)
    assert [(u.unit_id, u.slice_key, u.slice_sha256) for u in index.units] == [
        (u.unit_id, u.slice_key, u.slice_sha256) for u in manifest.dispatched()
    ]
    assert index.pins.model.version == plan.model_version == "7"
    assert index.pins.reference.version == "2026.1"
    assert manifest.stack.runs.get(index.pins.reference.key) == b'{"version": "2026.1"}'


def test_second_start_returns_the_same_plan_and_sends_nothing(manifest: "Manifest") -> None:
    manifest.stack.put_files(FILES, DAY)
    first = manifest.start(DAY)
    manifest.dispatched()
    manifest.stack.put_files({"late.csv": b"row\n"}, DAY)

    second = manifest.start(DAY, now=NOW + timedelta(hours=1))

    assert second == first.model_copy(update={"is_new": False})
    assert manifest.dispatched() == []


def test_day_without_files_gives_a_run_without_units(manifest: "Manifest") -> None:
    plan = manifest.start(DAY)

    assert (plan.state, plan.files, plan.units) == (RunState.RUNNING, 0, 0)
    assert manifest.stack.ledger.run(plan.run_id).is_settled
    assert manifest.dispatched() == []


def test_start_leaves_a_published_run_unchanged(manifest: "Manifest") -> None:
    plan = manifest.start(DAY)
    record = manifest.stack.ledger.run(plan.run_id)
    manifest.stack.ledger.close(record, RunState.COMPLETE, NOW)
    manifest.stack.put_files(FILES, DAY)

    again = manifest.start(DAY)

    assert (again.is_new, again.state, again.files) == (False, RunState.COMPLETE, 0)


def test_concurrent_calls_open_one_run(manifest: "Manifest", monkeypatch: pytest.MonkeyPatch) -> None:
    isolate_calls(manifest.stack.aws.dynamodb, monkeypatch)
    keys = manifest.stack.put_files(FILES, DAY)

    with ThreadPoolExecutor(4) as pool:
        plans = list(pool.map(lambda _: manifest.start(DAY), range(4)))

    assert {(plan.run_id, plan.files, plan.units, plan.started_at) for plan in plans} == {
        ("daily-2026-11-23", 25, 3, NOW)
    }
    assert manifest.files_of(manifest.dispatched()) == sorted(keys)


def test_logs_name_the_run_and_its_counts_but_no_files(manifest: "Manifest", caplog: pytest.LogCaptureFixture) -> None:
    manifest.stack.put_files(FILES, DAY)

    manifest.start(DAY)

    ours = [record for record in caplog.records if record.name == "labeler-manifest"]
    assert {vars(record)["run_id"] for record in ours} == {"daily-2026-11-23"}
    assert [(vars(r)["files"], vars(r)["units"]) for r in ours if r.getMessage() == "run opened"] == [(25, 3)]
    assert "acct-" not in str([vars(record) for record in ours])
