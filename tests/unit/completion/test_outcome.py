"""In which state a run is published, and how coverage is counted."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labeler.completion.evidence import Evidence
from labeler.completion.outcome import coverage, decide_state
from labeler.messages import RunState
from labeler.published import FailedUnit

Make = Callable[..., Evidence]


def failed_units(*files: int) -> list[FailedUnit]:
    return [FailedUnit(unit_id=n, files=count, reason="died") for n, count in enumerate(files, 1)]


@given(files=st.integers(1, 10_000), lost=st.integers(0, 10_000), tolerance=st.floats(0, 1))
def test_run_fails_only_when_failed_files_exceed_the_tolerance(files: int, lost: int, tolerance: float) -> None:
    lost = min(lost, files)
    state, reasons = decide_state(failed_units(lost), files, [], tolerance)
    assert (state is RunState.FAILED) == (lost / files > tolerance)
    assert reasons


def test_failed_unit_prevents_complete_and_a_mismatch_fails_the_run(make_evidence: Make) -> None:
    assert decide_state(failed_units(0), 0, [], 1.0)[0] is RunState.COMPLETE_WITH_FAILURES
    assert decide_state([], 10, [], 0.0) == (RunState.COMPLETE, [])
    assert decide_state([], 10, ["a mismatch"], 1.0) == (RunState.FAILED, ["a mismatch"])


def test_coverage_estimates_rows_of_failed_units_from_their_bytes(make_evidence: Make) -> None:
    assert coverage(make_evidence(done=(1, 2))) == pytest.approx(0.98)
    assert coverage(make_evidence(done=(1, 2, 3), dead=(4,))) == pytest.approx(0.98 * 3 / 4)


def test_coverage_without_rows_is_one_unless_a_file_was_refused_or_failed(make_evidence: Make) -> None:
    assert coverage(make_evidence(done=())) == 1.0
    assert coverage(make_evidence(done=(), dead=(1,))) == 0.0
    evidence = make_evidence(done=(1,))
    empty = evidence.receipts[1].model_copy(update={"rows_in": 0, "rows_labeled": 0, "rows_quarantined": 0})
    assert coverage(replace(evidence, receipts={1: empty})) == 0.0
    assert coverage(replace(evidence, receipts={1: empty.model_copy(update={"files_rejected": 0})})) == 1.0
