"""Features of a row's account: contract.ACCOUNT and contract.REPEATS (pure)."""

import numpy as np
import pyarrow as pa

from labeler.transactions.places import is_abroad
from labeler.transactions.segments import Segments, per_value
from labeler.transactions.table import StatementTable


def account_columns(table: StatementTable, accounts: Segments, log_amount: np.ndarray) -> list[np.ndarray]:
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
    abroad = per_value(table.country, is_abroad)
    day = np.array(table.day.values, "datetime64[D]").astype(np.int64)[table.day.codes]
    span = accounts.max(day) + accounts.max(-day) + 1
    per_account = np.column_stack(
        [
            rows,
            mean,
            np.sqrt(variance),
            accounts.max(log_amount),
            accounts.sum(is_last),
            accounts.sum(abroad) / rows,
            rows / span,
        ]
    )
    return mean, np.repeat(per_account.astype(np.float32), rows, axis=0)
