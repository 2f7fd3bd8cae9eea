"""What the task rejects of labeled files: files, rows and categories counted, and a few places for each reason."""

from collections import Counter
from dataclasses import dataclass, field

import numpy as np

from labeler.experiment.data.blocks import run_task_code
from labeler.experiment.data.sources import Source
from labeler.experiment.records import RejectExample
from labeler.run_index import FileEntry
from labeler.task import RawFile, Reading, Reject, load_task

EXAMPLES = 5
"""Places kept for each reason."""


@dataclass(slots=True)
class RejectCounts:
    files: int = 0
    files_refused: int = 0
    rows: int = 0
    rows_rejected: int = 0
    categories: Counter[str] = field(default_factory=Counter)
    rows_by_reason: Counter[str] = field(default_factory=Counter)
    records_by_reason: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[RejectExample]] = field(default_factory=dict)

    def add_reject(self, key: str, reject: Reject) -> None:
        reason = str(reject.reason)
        self.files_refused += reject.row_number is None
        self.rows_rejected += reject.rows
        self.rows_by_reason[reason] += reject.rows
        self.records_by_reason[reason] += 1
        examples = self.examples.setdefault(reason, [])
        if len(examples) < EXAMPLES:
            place = RejectExample(key=key, row_number=reject.row_number, line=reject.line, column=reject.column)
            examples.append(place)

    def add(self, other: "RejectCounts") -> None:
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

    def __call__(self, entries: list[FileEntry]) -> RejectCounts:
        block = self.source.fetch(entries)
        counts = RejectCounts(files=block.entries)
        for key, reject in block.rejected:
            counts.add_reject(key, reject)
        if not block.files:
            return counts
        reading = run_task_code(self._read, block.files)
        for reject in reading.rejects:
            counts.add_reject(block.files[reject.file].key, reject)
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
