"""What a summary says, and the metrics made of it."""

from collections.abc import Callable
from dataclasses import replace

from labeler.completion.evidence import Evidence
from labeler.completion.metrics import summary_metrics
from labeler.completion.summarise import MAX_REASONS, summarise
from labeler.messages import RunState
from labeler.published import PublishedGeneration
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


def test_summary_of_the_same_evidence_is_byte_identical(make_evidence: Make) -> None:
    evidence = make_evidence(done=(1, 2, 3), dead=(4,))
    other = replace(evidence, receipts=dict(reversed(evidence.receipts.items())))
    assert summarised(evidence).to_json() == summarised(other).to_json()


def test_summary_counts_files_as_labeled_rejected_or_failed(make_evidence: Make) -> None:
    summary = summarised(make_evidence(done=(1, 2, 3), dead=(4,))).summary
    assert (summary.files, summary.files_labeled, summary.files_rejected, summary.files_failed) == (40, 27, 3, 10)
    assert [(unit.unit_id, unit.files, unit.reason) for unit in summary.failed_units] == [(4, 10, "died")]


def test_run_finishes_with_its_newest_settled_unit(make_evidence: Make) -> None:
    assert summarised(make_evidence(done=(1, 2))).summary.elapsed_s == 120
    assert summarised(make_evidence(done=(1, 2), dead=(3,))).summary.elapsed_s == 20 * 60
    empty = summarised(make_evidence(done=())).summary
    assert (empty.elapsed_s, empty.files_per_second, empty.state) == (0, 0, RunState.COMPLETE)


def test_summary_shortens_a_long_list_of_reasons(make_evidence: Make) -> None:
    summary = summarised(make_evidence(), [f"reason {n}" for n in range(50)]).summary
    assert len(summary.reasons) == MAX_REASONS + 1
    assert summary.reasons[-1] == "and 30 more reasons"


def test_metrics_distinguish_failed_reconciliation_from_too_many_failures(make_evidence: Make) -> None:
    def metrics_of(generation: PublishedGeneration) -> tuple[bool, dict[Metric, float]]:
        measured = summary_metrics(generation.summary)
        return generation.summary.is_reconciled, {measure.metric: measure.value for measure in measured}

    evidence = make_evidence(done=(1, 2), dead=(3,))
    for mismatches, tolerance, expected, failed in (
        ([], 1.0, True, 0),
        ([], 0.0, True, 1),
        (["wrong"], 1.0, False, 1),
        (["wrong"], 0.0, False, 1),
    ):
        is_reconciled, values = metrics_of(summarised(evidence, mismatches, tolerance))
        assert is_reconciled is expected
        assert values[Metric.RECONCILIATION_FAILED] == (0 if expected else 1)
        assert values[Metric.RUN_FAILED] == failed
    assert metrics_of(summarised(make_evidence()))[0]


def test_run_below_min_coverage_is_failed_but_reconciled(make_evidence: Make) -> None:
    evidence = make_evidence(done=(1, 2))
    plain = summarised(evidence, min_coverage=0.5).summary
    assert plain.state is RunState.COMPLETE
    bare = summarised(evidence, min_coverage=1.01).summary
    assert (bare.state, bare.is_reconciled) == (RunState.FAILED, True)
    assert "have labels, at least 101.00% must" in bare.reasons[-1]
