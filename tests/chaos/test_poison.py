"""A bad row costs a row, a bad file costs a file, a bad unit waits for a person and then costs nothing."""

from datetime import UTC, datetime

import pytest

from labeler import layout
from labeler.completion.redrive import redrive
from labeler.messages import RunState, WorkUnit
from labeler.slices import read_slice
from tests.chaos.day import Day
from tests.chaos.ground_truth import corrupted, garbage, poison
from tests.chaos.reconciliation import reconcile


def test_only_the_failing_files_are_quarantined_when_every_unit_has_some(day: Day) -> None:
    sound = [file for file in corrupted(60, seed=41) if file.expected.labeled]
    day.land(sound[20:] + garbage(24) + poison(sound[:20])).start()

    labels = day.reconciled()

    for unit in day.units():
        names = [key.rpartition("/")[2] for key in keys_of(day, unit)]
        assert any(name.startswith("garbage") for name in names)
        assert any(name.startswith("poison") for name in names)
        assert any(name.startswith("account") for name in names)
    assert len({row["file_key"] for row in labels}) == len(sound) - 20
    summary = day.published()
    assert (summary.rejects["file_not_decodable"], summary.rejects["file_unreadable"]) == (24, 20)
    assert sum(summary.rejected_rows.values()) == summary.rows_quarantined


@pytest.mark.parametrize(
    ("tolerance", "state"),
    [("0.5", RunState.COMPLETE_WITH_FAILURES), ("0.01", RunState.FAILED)],
    ids=["tolerated", "not tolerated"],
)
def test_unit_that_always_fails_is_reported_with_its_reason_and_labeled_after_repair_and_redrive(
    day: Day, monkeypatch: pytest.MonkeyPatch, tolerance: str, state: RunState
) -> None:
    monkeypatch.setenv("LABELER_FAILURE_TOLERANCE", tolerance)  # of the functions
    stack = day.stack
    with day.paused_workers():
        day.land(corrupted(40, seed=42)).start()
        poisoned, *_ = day.units()
        slice_body = stack.runs.get(poisoned.slice_key)
        stack.runs.put(poisoned.slice_key, slice_body[:-1])

    first = day.published()

    lost = keys_of(day, poisoned, slice_body)
    assert first.state is state
    assert [(unit.unit_id, unit.files) for unit in first.failed_units] == [(poisoned.unit_id, poisoned.files)]
    assert "DigestMismatchError: a slice hashes to" in first.failed_units[0].reason
    assert first.files_failed == len(lost)
    received = list(stack.runs.sizes(layout.failures_prefix(day.run_id, poisoned.unit_id)))
    assert len(received) == 3  # the queue's redrive policy in tests
    reconcile(stack, day.run_id, {key: file for key, file in day.expected.items() if key not in lost})

    stack.runs.put(poisoned.slice_key, slice_body)
    again = redrive(day.run_id, settings=stack.operator_settings, aws=stack.aws, now=datetime.now(UTC))

    assert again.dead_letters_moved == {day.run_id: 1}
    assert (again.units_left_dead, again.generation) == ((), 2)
    day.reconciled(generation=2)


def keys_of(day: Day, unit: WorkUnit, body: bytes | None = None) -> set[str]:
    return {entry.key for entry in read_slice(body or day.stack.runs.get(unit.slice_key), unit.slice_sha256)}
