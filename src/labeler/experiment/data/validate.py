"""Labeled files against the task's contract: what is refused and why, before anything is trained on the rest."""

from collections.abc import Callable

from labeler.errors import InputInvalidError
from labeler.experiment.data.blocks import run_blocks
from labeler.experiment.data.reject_counts import BlockCounter, RejectCounts
from labeler.experiment.data.sources import Source, blocks
from labeler.experiment.files import ExperimentFiles, write_record
from labeler.experiment.params import Validation
from labeler.experiment.records import RejectReason, ValidationReport
from labeler.task import load_task

LISTED_REASONS = 3


def validate(
    files: ExperimentFiles,
    source: Source,
    *,
    task: str,
    rule: Validation,
    processes: int = 1,
    progress: Callable[[int], object] = lambda _: None,
) -> ValidationReport:
    """Reads every file as the daily run would and writes the report, accepted or not. `task`: its address.

    `progress` gets the number of files so far. Raises InputInvalidError when there is nothing to read; `require_accepted` is
    the caller's next call.
    """
    counts = RejectCounts()
    for of_block in run_blocks(BlockCounter(source, task), blocks(source), processes=processes):
        counts.add(of_block)
        progress(counts.files)
    report = _report(counts, load_task(task).name, source.address, rule)
    write_record(files.validation, report)
    return report


def require_accepted(report: ValidationReport) -> None:
    """Raises InputInvalidError that names the share, its bound and the most frequent reasons."""
    if report.is_accepted:
        return
    reasons = "; ".join(
        f"{reason.reason} {reason.rows / max(report.rows_in, 1):.1%}" for reason in report.reasons[:LISTED_REASONS]
    )
    raise InputInvalidError(
        f"{report.reject_share:.1%} of {report.rows_in:,} rows are rejected, more than {report.max_reject_share:.1%}: "
        f"{reasons or 'there is no row'}",
        hint="see where in validation.json; repair the files, or raise validation.max_reject_share in params.yaml",
    )


def _report(counts: RejectCounts, task: str, source: str, rule: Validation) -> ValidationReport:
    reasons = [
        RejectReason(
            reason=reason,
            rows=counts.rows_by_reason[reason],
            records=records,
            examples=tuple(counts.examples[reason]),
        )
        for reason, records in counts.records_by_reason.items()
    ]
    rows_in = counts.rows + counts.rows_rejected
    return ValidationReport(
        task=task,
        source=source,
        files=counts.files,
        files_refused=counts.files_refused,
        rows_in=rows_in,
        rows_rejected=counts.rows_rejected,
        rows_by_category=dict(sorted(counts.categories.items())),
        reasons=tuple(sorted(reasons, key=lambda reason: (-reason.rows, -reason.records, reason.reason))),
        # files without a single row are no data to accept
        reject_share=counts.rows_rejected / rows_in if rows_in else 1.0,
        max_reject_share=rule.max_reject_share,
    )
