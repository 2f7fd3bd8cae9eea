"""Labeled files against the task's contract: what is refused and why, before anything is learnt from the rest."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from labeler.errors import InputInvalidError
from labeler.experiment.data.blocks import of_files, run_blocks
from labeler.experiment.data.sources import Source, blocks
from labeler.experiment.files import ExperimentFiles, write_record
from labeler.experiment.params import Validation
from labeler.experiment.records import RejectExample, RejectReason, ValidationReport
from labeler.run_index import FileEntry
from labeler.task import RawFile, Reading, Reject, load_task

EXAMPLES = 5
TOLD_REASONS = 3


@dataclass(slots=True)
class Counts:
    """Of some files."""

    files: int = 0
    files_refused: int = 0
    rows: int = 0
    rows_rejected: int = 0
    categories: Counter[str] = field(default_factory=Counter)
    rows_by_reason: Counter[str] = field(default_factory=Counter)
    records_by_reason: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[RejectExample]] = field(default_factory=dict)

    def refuse(self, key: str, reject: Reject) -> None:
        reason = str(reject.reason)
        self.files_refused += reject.row_number is None
        self.rows_rejected += reject.rows
        self.rows_by_reason[reason] += reject.rows
        self.records_by_reason[reason] += 1
        examples = self.examples.setdefault(reason, [])
        if len(examples) < EXAMPLES:
            place = RejectExample(key=key, row_number=reject.row_number, line=reject.line, column=reject.column)
            examples.append(place)

    def add(self, other: "Counts") -> None:
        """`other` counts later files: of the examples the first are kept."""
        self.files += other.files
        self.files_refused += other.files_refused
        self.rows += other.rows
        self.rows_rejected += other.rows_rejected
        self.categories.update(other.categories)
        self.rows_by_reason.update(other.rows_by_reason)
        self.records_by_reason.update(other.records_by_reason)
        for reason, places in other.examples.items():
            self.examples[reason] = [*self.examples.get(reason, ()), *places][:EXAMPLES]


@dataclass(frozen=True)
class BlockCounter:
    """One block of files -> its counts; can be sent to another process."""

    source: Source
    task: str

    def __call__(self, entries: list[FileEntry]) -> Counts:
        block = self.source.fetch(entries)
        counts = Counts(files=block.entries)
        for key, reject in block.rejected:
            counts.refuse(key, reject)
        if not block.files:
            return counts
        reading = of_files(self._read, block.files)
        for reject in reading.rejects:
            counts.refuse(block.files[reject.file].key, reject)
        counts.rows = len(reading.file_index)
        counts.categories = _categories(reading)
        return counts

    def _read(self, files: list[RawFile]) -> Reading:
        return load_task(self.task).read(files, with_labels=True)


def _categories(reading: Reading) -> Counter[str]:
    if reading.labels is None:
        return Counter()
    names = reading.labels.dictionary.to_pylist()
    rows = np.bincount(reading.labels.indices.to_numpy(), minlength=len(names)).tolist()
    return Counter({name: count for name, count in zip(names, rows, strict=True) if count})


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

    `progress` is told the files so far. Raises InputInvalidError when there is nothing to read; `require_accepted` is
    the caller's next call.
    """
    counts = Counts()
    for found in run_blocks(BlockCounter(source, task), blocks(source), processes=processes):
        counts.add(found)
        progress(counts.files)
    report = _report(counts, load_task(task).name, source.address, rule)
    write_record(files.validation, report)
    return report


def require_accepted(report: ValidationReport) -> None:
    """Raises InputInvalidError that names the share, its bound and the most frequent reasons."""
    if report.is_accepted:
        return
    reasons = "; ".join(
        f"{found.reason} {found.rows / max(report.rows_in, 1):.1%}" for found in report.reasons[:TOLD_REASONS]
    )
    raise InputInvalidError(
        f"{report.reject_share:.1%} of {report.rows_in:,} rows are rejected, more than {report.max_reject_share:.1%}: "
        f"{reasons or 'there is no row'}",
        hint="see where in validation.json; repair the files, or raise validation.max_reject_share in params.yaml",
    )


def _report(counts: Counts, task: str, source: str, rule: Validation) -> ValidationReport:
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
        reasons=tuple(sorted(reasons, key=lambda found: (-found.rows, -found.records, found.reason))),
        # files without a single row are no data to accept
        reject_share=counts.rows_rejected / rows_in if rows_in else 1.0,
        max_reject_share=rule.max_reject_share,
    )
