"""The protocol that a labeling task implements. `transactions` is one; docs/own-task.md shows another.

A task turns the raw bytes of many files into one table, and that table into one matrix. The pipeline knows
nothing else of it: what a row is, why one is refused and what its features are stay inside the task.
"""

import importlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, runtime_checkable

from labeler.errors import SettingsError

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa


class FileReason(StrEnum):
    """Why a whole file is refused. Decided by the task, by the fetch, and by the worker."""

    EMPTY = "file_empty"
    NO_HEADER = "file_no_header"
    UNKNOWN_HEADER = "file_unknown_header"
    NOT_DECODABLE = "file_not_decodable"
    TRUNCATED = "file_truncated"

    TOO_LARGE = "file_too_large"
    VANISHED = "file_vanished"
    CHANGED = "file_changed"

    UNREADABLE = "file_unreadable"
    """The task's own code failed on it: a bug, but one file's."""


class Reject(NamedTuple):
    """One quarantine record: a row (row_number set) or a whole file (row_number None).

    Holds no value of the row: what, where and why only.
    """

    file: int
    """Index into the files that were read together."""
    row_number: int | None
    """1-based among the file's data rows."""
    line: int | None
    """1-based physical line, the header being line 1."""
    column: str | None
    reason: str
    rows: int
    """Rows that this record accounts for: 1 for a row, all data lines for a file (0 when it was never read)."""


class RawFile(NamedTuple):
    key: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Reading:
    """Many files read as one table of n good rows, and the rejects."""

    table: Any
    """The task's own typed table; only the task looks inside."""
    file_index: "np.ndarray"
    """int32 (n,): index into the files."""
    row_number: "np.ndarray"
    """int32 (n,): 1-based among the file's data rows."""
    identity: "dict[str, pa.Array]"
    """String or dictionary columns (n,) that are copied into the labels, for example account_id."""
    rejects: list[Reject] = field(default_factory=list)
    labels: "pa.DictionaryArray | None" = None
    """String dictionary (n,): the true category of each row, when the files were read with labels."""
    time: "np.ndarray | None" = None
    """int64 (n,): orders the rows of an account, so that a model is evaluated on later rows than it was trained on."""

    @property
    def rows_in(self) -> int:
        return len(self.file_index) + sum(reject.rows for reject in self.rejects)


@runtime_checkable
class LabelingTask(Protocol):
    name: str
    identity_columns: tuple[str, ...]
    feature_names: tuple[str, ...]
    feature_groups: Mapping[str, tuple[str, ...]]
    """Names for sets of feature columns that an experiment's parameters can encode or leave out; a column is in at
    most one."""
    categories: tuple[str, ...]

    def read(self, files: Sequence[RawFile], *, with_labels: bool = False) -> Reading:
        """Every data row of every file ends in the table or in exactly one reject; never raises for bad input."""

    def parse_reference(self, body: bytes) -> Any:
        """Reference data as `features` takes it. Raises InputInvalidError."""

    def default_reference(self) -> bytes:
        """JSON; a member "version" names it in the run's pins. The reference data that ships with the task, used when S3 holds none yet."""

    def features(self, table: Any, reference: Any) -> "np.ndarray":
        """float32 (n, len(feature_names)), C order. A row's values depend on its own file alone."""

    def features_digest(self) -> str:
        """Hash of the feature contract: a model trained on another one is refused."""


def load_task(address: str) -> LabelingTask:
    """`module:attribute`, for example `labeler.transactions:task`. Raises SettingsError."""
    module_name, _, attribute = address.partition(":")
    try:
        task = getattr(importlib.import_module(module_name), attribute)
    except (ImportError, AttributeError, ValueError) as error:
        raise SettingsError(
            f"LABELER_TASK={address} can't be loaded: {error}", hint="write it as module:attribute"
        ) from error
    if not isinstance(task, LabelingTask):
        raise SettingsError(f"LABELER_TASK={address} is not a LabelingTask", hint="see docs/own-task.md")
    return task
