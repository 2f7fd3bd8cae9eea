"""The prepared rows in memory: what train and evaluate work on."""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from labeler.errors import InputInvalid
from labeler.models.experiment.files import ExperimentFiles, read_record
from labeler.models.experiment.records import DatasetInfo

LABEL, ACCOUNT, FILE_KEY, ROW_NUMBER, TIME = "label", "account", "file_key", "row_number", "time"
OWN_COLUMNS = (LABEL, ACCOUNT, FILE_KEY, ROW_NUMBER, TIME)
"""Of a part, behind the feature columns."""


@dataclass(frozen=True, slots=True)
class Dataset:
    """n labeled rows, in the order of their file keys and row numbers."""

    info: DatasetInfo
    matrix: np.ndarray
    """float32 (n, features), C order"""
    label: np.ndarray
    """int32 (n,): index into `categories`"""
    categories: tuple[str, ...]
    """Those that occur, sorted."""
    account: np.ndarray
    """int32 (n,): index into `accounts`"""
    accounts: tuple[str, ...]
    time: np.ndarray
    """int64 (n,)"""

    def __len__(self) -> int:
        return len(self.label)


def load_dataset(files: ExperimentFiles, *, max_rows: int) -> Dataset:
    """Whole accounts are left out until at most `max_rows` are left; which ones follows from their ids alone.

    Raises InputInvalid when nothing was prepared.
    """
    info = read_record(DatasetInfo, files.dataset, step="prepare")
    share = 1.0 if info.rows <= max_rows else max_rows / info.rows
    try:
        parts = [part for name in info.parts if len(part := _kept(pq.read_table(files.prepared / name), share))]
    except (OSError, pa.ArrowInvalid) as error:
        raise InputInvalid(
            f"{files.prepared} can't be read: {error}", way_out="run `labeler experiment prepare`"
        ) from error
    if not parts:
        raise InputInvalid("no labeled rows were prepared", way_out="give labeled files, as the task reads them")
    rows = pa.concat_tables(parts).unify_dictionaries()
    matrix = np.empty((len(rows), len(info.feature_names)), np.float32)
    for position, name in enumerate(info.feature_names):
        matrix[:, position] = rows.column(name).to_numpy()
    label, categories = _coded(rows.column(LABEL))
    account, accounts = _coded(rows.column(ACCOUNT))
    return Dataset(info, matrix, label, categories, account, accounts, rows.column(TIME).to_numpy())


def account_share(accounts: Iterator[str] | list[str], salt: str) -> np.ndarray:
    """float64 (accounts,) in [0, 1): the same for ever, whatever other accounts there are."""
    return np.array([zlib.crc32(f"{salt}:{account}".encode()) / 2**32 for account in accounts], np.float64)


def _kept(part: pa.Table, share: float) -> pa.Table:
    if share >= 1:
        return part
    account = part.column(ACCOUNT).combine_chunks()
    is_kept = account_share(account.dictionary.to_pylist(), "sample") < share
    return part.filter(pa.array(is_kept[account.indices.to_numpy()]))


def _coded(column: pa.ChunkedArray) -> tuple[np.ndarray, tuple[str, ...]]:
    """(codes into the sorted distinct values, those values)"""
    encoded = column.combine_chunks()
    values = np.array(encoded.dictionary.to_pylist(), dtype=str)
    used, codes = np.unique(values[encoded.indices.to_numpy()], return_inverse=True)
    return codes.astype(np.int32), tuple(used.tolist())
