"""The workers' samples of a run -> one table of bounded size in which each row stands for as many others."""

import io
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from labeler.errors import ContractMismatchError
from labeler.messages import OutputObject
from labeler.storage import Bucket

if TYPE_CHECKING:
    import pyarrow as pa

MAX_UNITS = 400
"""Of a run, evenly over it: what more units would add is lost in what one day differs from the next."""
READERS = 16
LABEL_COLUMNS = 3
"""label, confidence and weight, behind the features."""


@dataclass(frozen=True)
class Sample:
    """n rows."""

    table: "pa.Table"
    """float32 features in the task's order, then label, confidence and weight."""

    @property
    def rows(self) -> int:
        return int(self.table.num_rows)

    @property
    def feature_names(self) -> tuple[str, ...]:
        return tuple(self.table.column_names[:-LABEL_COLUMNS])

    @cached_property
    def weight(self) -> np.ndarray:
        """float64 (n,): how many rows of the run each one stands for."""
        return self.table.column(self.table.num_columns - 1).to_numpy().astype(np.float64)

    @property
    def labels(self) -> list[str]:
        return self.table.column(self.table.num_columns - 3).to_pylist()

    def balanced(self, rows: int) -> "Sample":
        """At most `rows` rows, each as likely as its weight: what is computed on them needs no weights any more.

        Systematic sampling (Cochran, Sampling Techniques, 1977, section 8.1): no chance in it, so that a second
        evaluation of a run sees the same. Units keep their order, so that each of them is there.
        """
        count = min(rows, self.rows)
        if count == 0:
            return self
        steps = np.cumsum(self.weight)
        picked = np.searchsorted(steps, (np.arange(count) + 0.5) * steps[-1] / count, side="right")
        return Sample(self.table.take(picked.clip(0, self.rows - 1)))

    def label_shares(self) -> dict[str, float]:
        """Of the rows that it stands for."""
        names = sorted(set(labels := self.labels))
        totals = np.bincount([names.index(label) for label in labels], weights=self.weight)
        return {name: float(total / totals.sum()) for name, total in zip(names, totals, strict=True)} if names else {}


def read_samples(objects: Sequence[OutputObject], runs: Bucket) -> Sample | None:
    """Of at most MAX_UNITS of a run's units; None when no unit has one. Raises ContractMismatchError, ObjectMissingError."""
    import pyarrow as pa

    chosen = evenly(objects, MAX_UNITS)
    with ThreadPoolExecutor(READERS, thread_name_prefix="samples") as pool:
        tables = list(pool.map(lambda output: read_table(runs.get(output.key)), chosen))
    if not tables:
        return None
    first = tables[0].column_names
    for output, table in zip(chosen, tables, strict=True):
        if table.column_names != first:
            raise ContractMismatchError(f"{runs.url(output.key)} has other columns than {runs.url(chosen[0].key)}")
    return Sample(pa.concat_tables(tables).unify_dictionaries())


def read_table(body: bytes) -> "pa.Table":
    import pyarrow.parquet as pq

    # by place: a task may have a feature that is called like one of the last three columns
    return pq.ParquetFile(io.BytesIO(body)).read()


def evenly(objects: Iterable[OutputObject], most: int) -> list[OutputObject]:
    """In the order of their keys."""
    by_key = sorted(objects, key=lambda output: output.key)
    if len(by_key) <= most:
        return by_key
    return [by_key[int(position * len(by_key) / most)] for position in range(most)]
