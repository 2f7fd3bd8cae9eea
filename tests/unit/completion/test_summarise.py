"""What a summary says, and when a run counts as failed."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labeler.completion import measures
from labeler.completion.evidence import Evidence
from labeler.completion.summarise import MAX_REASONS, coverage, judge, summarise
from labeler.messages import FailedUnit, PublishedGeneration, RunState
from labeler.telemetry import Metric

Make = Callable[..., Evidence]


def summarised(
    evidence: Evidence, mismatches: list[str] | None = None, tolerance: float = 0.5, min_coverage: float = 0.0
) -> PublishedGeneration:
    return summarise(
        evidence,
        mismatches or [],
        failure_tolerance=tolerance,
        min_coverage=min_coverage,
        labels_url="s3://l/",
        quarantine_url="s3://q/",
    )


def failed_units(*files: int) -> list[FailedUnit]:
    return [FailedUnit(unit_id=n, files=count, reason="died") for n, count in enumerate(files, 1)]


def test_the_same_evidence_gives_the_same_bytes(make_evidence: Make) -> None:
    evidence = make_evidence(done=(1, 2, 3), dead=(4,))
    other = replace(evidence, receipts=dict(reversed(evidence.receipts.items())))
    assert summarised(evidence).to_json() == summarised(other).to_json()


def test_files_are_labeled_rejected_or_failed(make_evidence: Make) -> None:
    summary = summarised(make_evidence(done=(1, 2, 3), dead=(4,))).summary
    assert (summary.files, summary.files_labeled, summary.files_rejected, summary.files_failed) == (40, 27, 3, 10)
    assert [(unit.unit_id, unit.files, unit.reason) for unit in summary.failed_units] == [(4, 10, "died")]


def test_the_end_is_the_newest_settlement(make_evidence: Make) -> None:
    assert summarised(make_evidence(done=(1, 2))).summary.elapsed_s == 120
    assert summarised(make_evidence(done=(1, 2), dead=(3,))).summary.elapsed_s == 20 * 60
    empty = summarised(make_evidence(done=())).summary
    assert (empty.elapsed_s, empty.files_per_second, empty.state) == (0, 0, RunState.COMPLETE)


@given(files=st.integers(1, 10_000), lost=st.integers(0, 10_000), tolerance=st.floats(0, 1))
def test_a_run_fails_exactly_above_the_tolerance(files: int, lost: int, tolerance: float) -> None:
    lost = min(lost, files)
    state, reasons = judge(failed_units(lost), files, [], tolerance)
    assert (state is RunState.FAILED) == (lost / files > tolerance)
    assert reasons


def test_a_failed_unit_is_never_complete_and_refused_files_are(make_evidence: Make) -> None:
    assert judge(failed_units(0), 0, [], 1.0)[0] is RunState.COMPLETE_WITH_FAILURES
    assert judge([], 10, [], 0.0) == (RunState.COMPLETE, [])
    assert judge([], 10, ["a mismatch"], 1.0) == (RunState.FAILED, ["a mismatch"])


def test_lost_rows_are_estimated_from_their_bytes(make_evidence: Make) -> None:
    assert coverage(make_evidence(done=(1, 2))) == pytest.approx(0.98)
    assert coverage(make_evidence(done=(1, 2, 3), dead=(4,))) == pytest.approx(0.98 * 3 / 4)


def test_without_rows_coverage_is_whole_only_if_no_file_was_refused_or_lost(make_evidence: Make) -> None:
    assert coverage(make_evidence(done=())) == 1.0
    assert coverage(make_evidence(done=(), dead=(1,))) == 0.0
    evidence = make_evidence(done=(1,))
    empty = evidence.receipts[1].model_copy(update={"rows_in": 0, "rows_labeled": 0, "rows_quarantined": 0})
    assert coverage(replace(evidence, receipts={1: empty})) == 0.0
    assert coverage(replace(evidence, receipts={1: empty.model_copy(update={"files_rejected": 0})})) == 1.0


def test_many_reasons_are_shortened(make_evidence: Make) -> None:
    summary = summarised(make_evidence(), [f"reason {n}" for n in range(50)]).summary
    assert len(summary.reasons) == MAX_REASONS + 1
    assert summary.reasons[-1] == "and 30 more reasons"


def test_metrics_tell_a_failed_reconciliation_from_too_many_failures(make_evidence: Make) -> None:
    def told(generation: PublishedGeneration) -> tuple[bool, dict[Metric, float]]:
        measured = measures.of_summary(generation.summary)
        return generation.summary.is_reconciled, {measure.metric: measure.value for measure in measured}

    evidence = make_evidence(done=(1, 2), dead=(3,))
    for mismatches, tolerance, reconciled, failed in (
        ([], 1.0, True, 0),
        ([], 0.0, True, 1),
        (["wrong"], 1.0, False, 1),
        (["wrong"], 0.0, False, 1),
    ):
        said, values = told(summarised(evidence, mismatches, tolerance))
        assert said is reconciled
        assert values[Metric.RECONCILIATION_FAILED] == (0 if reconciled else 1)
        assert values[Metric.RUN_FAILED] == failed
    assert told(summarised(make_evidence()))[0]


def test_a_day_that_is_almost_all_quarantine_is_failed_and_reconciled(make_evidence: Make) -> None:
    evidence = make_evidence(done=(1, 2))
    plain = summarised(evidence, min_coverage=0.5).summary
    assert plain.state is RunState.COMPLETE
    bare = summarised(evidence, min_coverage=1.01).summary
    assert (bare.state, bare.is_reconciled) == (RunState.FAILED, True)
    assert "have labels, at least 101.00% must" in bare.reasons[-1]
