import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from labeler import layout
from labeler.errors import InputInvalidError, ObjectMissingError, RunConflictError
from labeler.manifest.seen import note_seen, seen_before
from labeler.messages import ModelPin, RunIndex, RunState
from labeler.storage import Bucket
from tests.integration.manifest.conftest import stage_toy

if TYPE_CHECKING:
    from tests.integration.manifest.conftest import Manifest

NOW = datetime.fromisoformat("2026-11-23T05:00:00Z")
DAY = date(2026, 11, 23)
YESTERDAY = DAY - timedelta(days=1)
FILES = {f"acct-{number:03d}.csv": b"row\n" * (number + 1) for number in range(25)}


def test_every_new_file_is_in_exactly_one_unit(manifest: "Manifest") -> None:
    keys = manifest.stack.put_files(FILES, DAY)

    plan = manifest.start(DAY)

    units = manifest.dispatched()
    assert (plan.is_new, plan.state, plan.files, plan.units) == (True, RunState.RUNNING, 25, 3)
    assert [unit.unit_id for unit in units] == [1, 2, 3]
    assert manifest.files_of(units) == sorted(keys)
    assert all(unit.files <= 10 for unit in units)
    assert plan.size_bytes == sum(map(len, FILES.values())) == sum(unit.size_bytes for unit in units)


def test_the_index_says_what_the_messages_say(manifest: "Manifest") -> None:
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


def test_starting_twice_starts_nothing_twice(manifest: "Manifest") -> None:
    manifest.stack.put_files(FILES, DAY)
    first = manifest.start(DAY)
    manifest.dispatched()
    manifest.stack.put_files({"late.csv": b"row\n"}, DAY)

    second = manifest.start(DAY, now=NOW + timedelta(hours=1))

    assert second == first.model_copy(update={"is_new": False})
    assert manifest.dispatched() == []


def test_a_late_file_is_taken_by_the_next_run_and_a_seen_one_is_not(manifest: "Manifest") -> None:
    manifest.stack.put_files(FILES, YESTERDAY)
    manifest.start(YESTERDAY)
    manifest.dispatched()
    late = manifest.stack.put_files({"late.csv": b"row\n"}, YESTERDAY)
    today = manifest.stack.put_files({"acct-000.csv": b"row\n"}, DAY)

    plan = manifest.start(DAY)

    assert manifest.files_of(manifest.dispatched()) == sorted([*late, *today])
    index = RunIndex.parse(manifest.stack.runs.get(plan.index_key), source=plan.index_key)
    assert index.files_seen_before == 25


def test_a_changed_file_is_taken_again(manifest: "Manifest") -> None:
    manifest.stack.put_files(FILES, YESTERDAY)
    manifest.start(YESTERDAY)
    manifest.dispatched()
    changed = manifest.stack.put_files({"acct-003.csv": b"corrected\n"}, YESTERDAY)

    manifest.start(DAY)

    assert manifest.files_of(manifest.dispatched()) == changed


def test_a_file_older_than_the_window_is_left_alone(manifest: "Manifest") -> None:
    manifest.stack.put_files(FILES, DAY - timedelta(days=3))

    assert manifest.start(DAY).files == 0


def test_a_backfill_takes_what_was_seen_and_hides_nothing(manifest: "Manifest") -> None:
    keys = manifest.stack.put_files(FILES, DAY)
    manifest.start(DAY, kind="backfill")
    again = manifest.files_of(manifest.dispatched())

    manifest.start(DAY)

    assert again == manifest.files_of(manifest.dispatched()) == sorted(keys)


def test_a_day_without_files_is_a_run_without_units(manifest: "Manifest") -> None:
    plan = manifest.start(DAY)

    assert (plan.state, plan.files, plan.units) == (RunState.RUNNING, 0, 0)
    assert manifest.stack.ledger.run(plan.run_id).is_settled
    assert manifest.dispatched() == []


def test_a_published_run_stays_as_it_is(manifest: "Manifest") -> None:
    plan = manifest.start(DAY)
    record = manifest.stack.ledger.run(plan.run_id)
    manifest.stack.ledger.close(record, RunState.COMPLETE, NOW)
    manifest.stack.put_files(FILES, DAY)

    again = manifest.start(DAY)

    assert (again.is_new, again.state, again.files) == (False, RunState.COMPLETE, 0)


def test_a_run_keeps_the_champion_of_its_first_call(manifest: "Manifest") -> None:
    """The champion changes between a crash and the call that finishes the run."""
    manifest.stack.put_files(FILES, DAY)
    with pytest.raises(ObjectMissingError):
        manifest.start(DAY, raw_bucket="nowhere")

    def stage_other(uri: str, name: str, version: str | None, runs: Bucket) -> ModelPin:
        raise AssertionError("the champion was asked for twice")

    assert manifest.start(DAY, pin_champion=stage_other).model_version == "7"


def test_of_two_calls_with_different_champions_the_first_to_pin_decides(manifest: "Manifest") -> None:
    manifest.stack.put_files(FILES, DAY)

    def stage_while_another_call_pins(_uri: str, name: str, _version: str | None, runs: Bucket) -> ModelPin:
        with pytest.raises(ObjectMissingError):
            manifest.start(DAY, raw_bucket="nowhere")
        return stage_toy("", name, "8", runs)

    plan = manifest.start(DAY, pin_champion=stage_while_another_call_pins)

    assert plan.model_version == "7"
    assert {unit.pins.model.version for unit in manifest.dispatched()} == {"7"}


def test_a_run_leaves_the_fingerprints_of_its_files_for_each_folder(manifest: "Manifest") -> None:
    manifest.stack.put_files(FILES, YESTERDAY)
    manifest.stack.put_files({"a.csv": b"row\n"}, DAY)

    plan = manifest.start(DAY)

    sizes = dict(manifest.stack.runs.sizes("seen/"))
    folders = [DAY - timedelta(days=2), YESTERDAY, DAY]
    assert sizes == {
        layout.seen_key(folder, plan.run_id): 16 * files for folder, files in zip(folders, [0, 25, 1], strict=True)
    }
    assert len(seen_before(manifest.stack.runs, YESTERDAY, "daily-2026-11-24")) == 25
    assert seen_before(manifest.stack.runs, YESTERDAY, plan.run_id) == frozenset()


def test_a_run_whose_landing_folder_moved_half_way_is_refused(manifest: "Manifest") -> None:
    manifest.stack.put_files(FILES, DAY)
    manifest.start(DAY)
    index = RunIndex.parse(manifest.stack.runs.get(layout.index_key("daily-2026-11-23")), source="index")

    with pytest.raises(RunConflictError, match="another landing folder than arrivals/"):
        note_seen(manifest.stack.runs, index, "arrivals")


def test_calls_at_the_same_time_make_one_run(manifest: "Manifest", monkeypatch: pytest.MonkeyPatch) -> None:
    # a refused transaction of moto takes back what other threads wrote meanwhile: here, one transaction at a time
    dynamodb, turn = manifest.stack.aws.dynamodb, threading.Lock()
    transact = dynamodb.transact_write_items

    def one_by_one(**items: Any) -> Any:
        with turn:
            return transact(**items)

    monkeypatch.setattr(dynamodb, "transact_write_items", one_by_one)
    keys = manifest.stack.put_files(FILES, DAY)

    with ThreadPoolExecutor(4) as pool:
        plans = list(pool.map(lambda _: manifest.start(DAY), range(4)))

    assert {(plan.run_id, plan.files, plan.units, plan.started_at) for plan in plans} == {
        ("daily-2026-11-23", 25, 3, NOW)
    }
    assert manifest.files_of(manifest.dispatched()) == sorted(keys)


def test_reference_data_that_nobody_could_read_is_refused_before_a_unit_is_sent(manifest: "Manifest") -> None:
    manifest.stack.put_files(FILES, DAY)
    manifest.stack.runs.put(layout.REFERENCE_CURRENT, b"<html>")

    with pytest.raises(InputInvalidError, match=r"reference/current\.json is not JSON"):
        manifest.start(DAY)

    assert manifest.dispatched() == []


def test_logs_name_the_run_and_count_without_naming_files(
    manifest: "Manifest", caplog: pytest.LogCaptureFixture
) -> None:
    manifest.stack.put_files(FILES, DAY)

    manifest.start(DAY)

    ours = [record for record in caplog.records if record.name == "labeler-manifest"]
    assert {vars(record)["run_id"] for record in ours} == {"daily-2026-11-23"}
    assert [(vars(r)["files"], vars(r)["units"]) for r in ours if r.getMessage() == "run opened"] == [(25, 3)]
    assert "acct-" not in str([vars(record) for record in ours])
