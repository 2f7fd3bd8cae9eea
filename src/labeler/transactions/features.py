"""The feature contract: one matrix for training and inference.

Everything is computed for all files of a unit at once: on distinct values where a column has few, with
segment sums where the whole account counts. A row's values depend on its own file and account alone, so how
files were grouped into units changes nothing (a property test says so).
"""

import zlib
from collections.abc import Callable, Sequence

import numpy as np
import pyarrow as pa

from labeler.transactions.codes import code_columns
from labeler.transactions.contract import FEATURE_NAMES, TEXT_BUCKETS
from labeler.transactions.reference import Reference
from labeler.transactions.statements import Coded, StatementTable

HOLIDAY_HORIZON_DAYS = 15
DENSE_KEYS_A_ROW = 8
"""Combinations are counted in a plain table up to this many cells a row, by hashing beyond."""
CACHE_ROWS = 2048
"""Rows of the matrix written at a time: their cache lines stay in L2 while every column is put in."""


class Segments:
    """The rows of each account: adjacent, `starts[g]` to `starts[g] + sizes[g]`."""

    def __init__(self, group: np.ndarray) -> None:
        self.starts = np.flatnonzero(np.diff(group, prepend=-1))
        self.sizes = np.diff(self.starts, append=len(group))
        self.of_row = np.repeat(np.arange(len(self.starts)), self.sizes)

    def spread(self, values: np.ndarray) -> np.ndarray:
        """(g,) -> (n,)"""
        return np.repeat(values, self.sizes)

    def sum(self, values: np.ndarray) -> np.ndarray:
        """(n,) -> (g,) in float64"""
        return np.add.reduceat(values, self.starts, dtype=np.float64)

    def max(self, values: np.ndarray) -> np.ndarray:
        return np.maximum.reduceat(values, self.starts)

    def repeats(self, *codes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """How often each row's combination of codes occurs in its account (n,); each combination's index (n,), with gaps."""
        key = self.of_row
        for code in codes:
            key = key * (int(code.max()) + 1) + code
        if int(key.max()) > DENSE_KEYS_A_ROW * len(key):
            key = pa.array(key).dictionary_encode().indices.to_numpy()
        return np.bincount(key)[key], key


def features(table: StatementTable, reference: Reference) -> np.ndarray:
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


def _matrix(table: StatementTable, accounts: Segments, reference: Reference) -> np.ndarray:
    log_amount = _log(table.amount)
    states = np.array([reference.state_of(value) or "" for value in table.place.values], object)
    parts = [
        *_row(table, log_amount),
        *_calendar(table.day, reference),
        *_account_and_repeats(table, accounts, log_amount),
        *_place(table, states),
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


def _row(table: StatementTable, log_amount: np.ndarray) -> list[np.ndarray]:
    amount = np.nan_to_num(table.amount)
    cents = np.round(np.abs(amount) * 100).astype(np.int64)
    days = _per_value(table.day, lambda values: np.array(values, "datetime64[M]").astype(np.int64))
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
        _per_value(table.sex, lambda values: np.array([value == "F" for value in values])),
        days - opened,
    ]


def _calendar(day: Coded, reference: Reference) -> list[np.ndarray]:
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


def _account_and_repeats(table: StatementTable, accounts: Segments, log_amount: np.ndarray) -> list[np.ndarray]:
    place_rows, place = accounts.repeats(table.place.codes)
    mean, per_account = _account(table, accounts, log_amount, place)
    cents = pa.array(np.round(np.nan_to_num(table.amount) * 100).astype(np.int64)).dictionary_encode()
    amount = cents.indices.to_numpy()
    place_log_amount = np.bincount(place, weights=log_amount) / np.maximum(np.bincount(place), 1)
    return [
        per_account,
        log_amount - accounts.spread(mean),
        place_rows / accounts.spread(accounts.sizes),
        *(
            np.log(rows)
            for rows in (
                place_rows,
                accounts.repeats(amount)[0],
                accounts.repeats(table.place.codes, amount)[0],
                accounts.repeats(table.day.codes)[0],
            )
        ),
        place_log_amount[place],
    ]


def _account(
    table: StatementTable, accounts: Segments, log_amount: np.ndarray, place: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Mean log amount per account (g,), and the account's columns spread to its rows (n, 7)."""
    rows = accounts.sizes
    known = np.maximum(accounts.sum(~np.isnan(table.amount)), 1)
    mean = accounts.sum(log_amount) / known
    variance = np.maximum(accounts.sum(log_amount**2) / known - mean**2, 0)
    last_of_place = np.zeros(int(place.max()) + 1, dtype=np.int64)
    last_of_place[place] = np.arange(len(place))  # a later row overwrites: one row is left per place
    is_last = last_of_place[place] == np.arange(len(place))
    is_abroad = _per_value(table.country, _is_abroad)
    day = np.array(table.day.values, "datetime64[D]").astype(np.int64)[table.day.codes]
    span = accounts.max(day) + accounts.max(-day) + 1
    per_account = np.column_stack(
        [
            rows,
            mean,
            np.sqrt(variance),
            accounts.max(log_amount),
            accounts.sum(is_last),
            accounts.sum(is_abroad) / rows,
            rows / span,
        ]
    )
    return mean, np.repeat(per_account.astype(np.float32), rows, axis=0)


def _place(table: StatementTable, states: np.ndarray) -> list[np.ndarray]:
    """`states`: str (distinct places,), "" where unknown."""
    place, home = table.place, table.city
    homes = np.array([value[:13].strip().upper() for value in home.values], object)
    names = np.array([value.upper() for value in place.values], object)
    is_home = _pairs(place, home, lambda p, h: names[p] == homes[h])
    home_states = np.array(table.state.values, object)
    in_home_state = _pairs(place, table.state, lambda p, s: (states[p] == home_states[s]) & (states[p] != ""))
    per_place = np.column_stack([states != "", _shape(place.values)]).astype(np.float32)
    per_country = np.column_stack([_is_abroad(table.country.values), [value == "" for value in table.country.values]])
    return [
        per_country.astype(np.float32)[table.country.codes],
        is_home,
        in_home_state,
        per_place[place.codes],
    ]


def _shape(places: Sequence[str]) -> np.ndarray:
    """float32 (places, 5 + TEXT_BUCKETS): length, digits, lower case letters, dots, blanks, hashed trigrams."""
    shape = np.zeros((len(places), 5 + TEXT_BUCKETS), dtype=np.float32)
    for position, text in enumerate(places):
        shape[position, :5] = (
            len(text),
            sum(map(str.isdigit, text)),
            sum(map(str.islower, text)),
            text.count(".") + text.count("-"),
            text.count(" "),
        )
        padded = f" {text.upper()} ".encode()
        for start in range(len(padded) - 2):
            shape[position, 5 + zlib.crc32(padded[start : start + 3]) % TEXT_BUCKETS] += 1
    return shape


def _is_abroad(countries: Sequence[str]) -> np.ndarray:
    return np.array([country not in {"", "BR"} for country in countries])


def _per_value(column: Coded, compute: Callable[[list[str]], np.ndarray]) -> np.ndarray:
    """Computed once per distinct value, spread to the rows."""
    return compute(column.values)[column.codes]


def _pairs(left: Coded, right: Coded, compute: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> np.ndarray:
    """Computed once per distinct pair of values, spread to the rows."""
    key = left.codes.astype(np.int64) * len(right.values) + right.codes
    encoded = pa.array(key).dictionary_encode()
    distinct = encoded.dictionary.to_numpy()
    result = compute(distinct // len(right.values), distinct % len(right.values)).astype(np.float32)
    return result[encoded.indices.to_numpy()]
