"""Which files count as new: late and changed ones, and what a run leaves behind for the next."""

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from labeler import layout
from labeler.errors import RunConflictError
from labeler.manifest.seen import fingerprints_of_earlier_runs, write_seen
from labeler.run_index import RunIndex
from tests.integration.manifest.conftest import DAY, FILES, YESTERDAY

if TYPE_CHECKING:
    from tests.integration.manifest.conftest import Manifest


def test_next_run_takes_late_files_and_skips_seen_ones(manifest: "Manifest") -> None:
    manifest.stack.put_files(FILES, YESTERDAY)
    manifest.start(YESTERDAY)
    manifest.dispatched()
    late = manifest.stack.put_files({"late.csv": b"row\n"}, YESTERDAY)
    today = manifest.stack.put_files({"acct-000.csv": b"row\n"}, DAY)

    plan = manifest.start(DAY)

    assert manifest.files_of(manifest.dispatched()) == sorted([*late, *today])
    index = RunIndex.parse(manifest.stack.runs.get(plan.index_key), source=plan.index_key)
    assert index.files_seen_before == 25


def test_next_run_takes_a_changed_file_again(manifest: "Manifest") -> None:
    manifest.stack.put_files(FILES, YESTERDAY)
    manifest.start(YESTERDAY)
    manifest.dispatched()
    changed = manifest.stack.put_files({"acct-003.csv": b"corrected\n"}, YESTERDAY)

    manifest.start(DAY)

    assert manifest.files_of(manifest.dispatched()) == changed


def test_files_older_than_the_look_back_window_are_ignored(manifest: "Manifest") -> None:
    manifest.stack.put_files(FILES, DAY - timedelta(days=3))

    assert manifest.start(DAY).files == 0


def test_backfill_takes_seen_files_and_leaves_them_new_for_the_daily_run(manifest: "Manifest") -> None:
    keys = manifest.stack.put_files(FILES, DAY)
    manifest.start(DAY, kind="backfill")
    again = manifest.files_of(manifest.dispatched())

    manifest.start(DAY)

    assert again == manifest.files_of(manifest.dispatched()) == sorted(keys)


def test_run_writes_a_seen_object_for_each_folder(manifest: "Manifest") -> None:
    manifest.stack.put_files(FILES, YESTERDAY)
    manifest.stack.put_files({"a.csv": b"row\n"}, DAY)

    plan = manifest.start(DAY)

    sizes = dict(manifest.stack.runs.sizes("seen/"))
    folders = [DAY - timedelta(days=2), YESTERDAY, DAY]
    assert sizes == {
        layout.seen_key(folder, plan.run_id): 16 * files for folder, files in zip(folders, [0, 25, 1], strict=True)
    }
    assert len(fingerprints_of_earlier_runs(manifest.stack.runs, YESTERDAY, "daily-2026-11-24")) == 25
    assert fingerprints_of_earlier_runs(manifest.stack.runs, YESTERDAY, plan.run_id) == frozenset()


def test_run_planned_from_another_landing_folder_is_refused(manifest: "Manifest") -> None:
    manifest.stack.put_files(FILES, DAY)
    manifest.start(DAY)
    index = RunIndex.parse(manifest.stack.runs.get(layout.index_key("daily-2026-11-23")), source="index")

    with pytest.raises(RunConflictError, match="another landing folder than arrivals/"):
        write_seen(manifest.stack.runs, index, "arrivals")
