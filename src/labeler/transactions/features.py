"""The feature contract: one matrix for training and inference.

Everything is computed for all files of a unit at once: on distinct values where a column has few, with
segment sums where the whole account counts. A row's values depend on its own file and account alone, so how
files were grouped into units changes nothing (a property test says so).
"""

import numpy as np

from labeler.transactions.accounts import account_columns
from labeler.transactions.codes import code_columns
from labeler.transactions.contract import FEATURE_NAMES
from labeler.transactions.places import place_columns
from labeler.transactions.reference import ReferenceData
from labeler.transactions.segments import Segments, per_value
from labeler.transactions.table import Coded, StatementTable

HOLIDAY_HORIZON_DAYS = 15
CACHE_ROWS = 2048
"""Rows of the matrix written at a time: their cache lines stay in L2 while every column is put in."""


def features(table: StatementTable, reference: ReferenceData) -> np.ndarray:
    """float32 (n, len(FEATURE_NAMES)), C order, finite. Reference data: national holidays, states of cities."""
    matrix = np.empty((len(table), len(FEATURE_NAMES)), dtype=np.float32)
    if len(table) == 0:
        return matrix
    group = table.file_index.astype(np.int64) * len(table.account.values) + table.account.codes
    order = _account_order(group)
    if order is not None:
        matrix[order] = _matrix(table.take(order), Segments(group[order]), reference)
        return matrix
    return _matrix(table, Segments(group), reference)


def _account_order(group: np.ndarray) -> np.ndarray | None:
    """Rows sorted so that accounts are adjacent; None when they are, as in a file of one account."""
    runs = group[np.flatnonzero(np.diff(group, prepend=-1))]
    return None if len(np.unique(runs)) == len(runs) else np.argsort(group, kind="stable")


def _matrix(table: StatementTable, accounts: Segments, reference: ReferenceData) -> np.ndarray:
    log_amount = _log(table.amount)
    states = np.array([reference.state_of(value) or "" for value in table.place.values], object)
    parts = [
        *_row_columns(table, log_amount),
        *_calendar_columns(table.day, reference),
        *account_columns(table, accounts, log_amount),
        *place_columns(table, states),
        *code_columns(table, states),
    ]
    matrix = np.empty((len(table), len(FEATURE_NAMES)), dtype=np.float32)
    for start in range(0, len(table), CACHE_ROWS):
        rows, column = slice(start, start + CACHE_ROWS), 0
        for part in parts:
            width = part.shape[1] if part.ndim == 2 else 1
            matrix[rows, column : column + width] = part[rows].reshape(-1, width)
            column += width
    return matrix


def _log(amount: np.ndarray) -> np.ndarray:
    """Signed log1p; a missing amount becomes 0."""
    known = np.nan_to_num(amount)
    return np.sign(known) * np.log1p(np.abs(known))


def _row_columns(table: StatementTable, log_amount: np.ndarray) -> list[np.ndarray]:
    amount = np.nan_to_num(table.amount)
    cents = np.round(np.abs(amount) * 100).astype(np.int64)
    days = per_value(table.day, lambda values: np.array(values, "datetime64[M]").astype(np.int64))
    opened = (table.opened // 100 - 1970) * 12 + table.opened % 100 - 1
    limit = np.maximum(table.credit_limit, 1.0)
    return [
        amount,
        log_amount,
        np.isnan(table.amount),
        cents % 100,
        cents % 100 == 0,
        cents % 1000 == 0,
        cents // 10 % 10 == 9,
        _log(table.credit_limit),
        _log(table.available_limit),
        np.clip(1 - table.available_limit / limit, -5, 5),
        np.clip(amount / limit, -5, 5),
        table.age,
        per_value(table.sex, lambda values: np.array([value == "F" for value in values])),
        days - opened,
    ]


def _calendar_columns(day: Coded, reference: ReferenceData) -> list[np.ndarray]:
    dates = np.array(day.values, "datetime64[D]")
    months = dates.astype("datetime64[M]")
    weekday = (dates.astype(np.int64) + 3) % 7  # 1970-01-01 was a Thursday; Monday is 0
    following = np.searchsorted(reference.holidays, dates)
    horizon = np.append(reference.holidays, np.datetime64("2262-01-01"))
    wait = np.minimum((horizon[following] - dates).astype(np.int64), HOLIDAY_HORIZON_DAYS)
    per_date = np.column_stack(
        [
            weekday,
            (dates - months).astype(np.int64) + 1,
            months.astype(np.int64) % 12 + 1,
            weekday >= 5,
            wait == 0,
            wait,
        ]
    )
    return [per_date.astype(np.float32)[day.codes]]
