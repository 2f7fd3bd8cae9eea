"""The prepared rows in memory: what train and evaluate work on."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from labeler.errors import InputInvalidError
from labeler.experiment.files import ExperimentFiles, read_record
from labeler.experiment.records import DatasetInfo

LABEL, ACCOUNT, FILE_KEY, ROW_NUMBER, TIME = "label", "account", "file_key", "row_number", "time"
METADATA_COLUMNS = (LABEL, ACCOUNT, FILE_KEY, ROW_NUMBER, TIME)
"""Columns of a part behind the feature columns."""
SAMPLE = "sample"
PREPARE_AGAIN = "run `labeler experiment prepare` again"


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
    """Those that occur, sorted."""
    time: np.ndarray
    """int64 (n,)"""

    def __len__(self) -> int:
        return len(self.label)


def load_dataset(files: ExperimentFiles, *, max_rows: int) -> Dataset:
    """Whole accounts are left out until at most `max_rows` are left; which ones follows from their ids alone.

    Takes the memory of the kept rows and of one part. Raises InputInvalidError when nothing was prepared, or when the
    parts are not those that were.
    """
    info = read_record(DatasetInfo, files.dataset, step="prepare")
    max_share = 1.0 if info.rows <= max_rows else _max_share(files, info, max_rows)
    matrix = np.empty((min(info.rows, max_rows), len(info.feature_names)), np.float32)
    metadata: list[pa.Table] = []
    start = 0
    for part in _read_parts(files, info, [*info.feature_names, LABEL, ACCOUNT, TIME]):
        kept = _sampled(part, max_share)
        rows = slice(start, start + len(kept))
        if rows.stop > len(matrix):
            raise InputInvalidError(f"{files.prepared} has more rows than {files.dataset} says", hint=PREPARE_AGAIN)
        for position, name in enumerate(info.feature_names):
            matrix[rows, position] = kept.column(name).to_numpy()
        metadata.append(kept.select([LABEL, ACCOUNT, TIME]))
        start = rows.stop
    if not start:
        raise InputInvalidError("no labeled rows are left", hint="give labeled files, or raise training.max_rows")
    if max_share >= 1 and start != info.rows:
        raise InputInvalidError(f"{files.prepared} has fewer rows than {files.dataset} says", hint=PREPARE_AGAIN)
    columns = pa.concat_tables(metadata).unify_dictionaries()
    label, categories = _encoded(columns.column(LABEL))
    account, accounts = _encoded(columns.column(ACCOUNT))
    return Dataset(info, matrix[:start], label, categories, account, accounts, columns.column(TIME).to_numpy())


def account_share(accounts: Iterable[str], salt: str) -> np.ndarray:
    """float64 (accounts,) in [0, 1): the same for ever, whatever other accounts there are.

    Shares under two salts have nothing to do with each other (CRCs would differ by a constant only), so a sample
    of the accounts holds as many unseen ones as all of them do.
    """
    digests = b"".join(hashlib.blake2b(f"{salt}:{name}".encode(), digest_size=8).digest() for name in accounts)
    # 53 bits are what a float64 holds: more would be rounded up to 1
    return (np.frombuffer(digests, ">u8") >> np.uint64(11)) / 2.0**53


def _read_parts(files: ExperimentFiles, info: DatasetInfo, columns: list[str]) -> Iterator[pa.Table]:
    for name in info.parts:
        path: Path = files.prepared / name
        try:
            part = pq.ParquetFile(path).read(columns=columns)
        except (OSError, pa.ArrowInvalid) as error:
            raise InputInvalidError(f"{path} can't be read: {error}", hint=PREPARE_AGAIN) from error
        if len(part.column_names) != len(columns):
            raise InputInvalidError(f"{path} lacks columns that {files.dataset} names", hint=PREPARE_AGAIN)
        yield part


def _max_share(files: ExperimentFiles, info: DatasetInfo, max_rows: int) -> float:
    """Accounts with a lower share have at most `max_rows` rows together."""
    shares, rows = [], []
    for part in _read_parts(files, info, [ACCOUNT]):
        account = part.column(ACCOUNT).combine_chunks()
        shares.append(account_share(account.dictionary.to_pylist(), SAMPLE))
        rows.append(np.bincount(account.indices.to_numpy(), minlength=len(account.dictionary)))
    share, of_part = np.unique(np.concatenate(shares), return_inverse=True)
    counts = np.bincount(of_part, weights=np.concatenate(rows)).astype(np.int64)
    fitting = int(np.searchsorted(np.cumsum(counts), max_rows, side="right"))
    return float(share[fitting]) if fitting < len(share) else 1.0


def _sampled(part: pa.Table, max_share: float) -> pa.Table:
    """The rows of accounts with a lower share."""
    if max_share >= 1:
        return part
    account = part.column(ACCOUNT).combine_chunks()
    is_kept = account_share(account.dictionary.to_pylist(), SAMPLE) < max_share
    return part.filter(pa.array(is_kept[account.indices.to_numpy()]))


def _encoded(column: pa.ChunkedArray) -> tuple[np.ndarray, tuple[str, ...]]:
    """(int32 codes (n,) into the sorted values that occur, those values)"""
    encoded = column.combine_chunks()
    codes = encoded.indices.to_numpy()
    used = np.flatnonzero(np.bincount(codes, minlength=len(encoded.dictionary)))
    # each distinct text once: sorting the rows' texts would take minutes for millions
    texts = encoded.dictionary.take(pa.array(used)).to_pylist()
    ranked = sorted(range(len(texts)), key=texts.__getitem__)
    code_of = np.full(len(encoded.dictionary), -1, np.int32)
    code_of[used[ranked]] = np.arange(len(used), dtype=np.int32)
    return code_of[codes], tuple(texts[position] for position in ranked)
