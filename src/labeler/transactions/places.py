"""Features of the merchant's place: contract.PLACE (pure)."""

import zlib
from collections.abc import Sequence

import numpy as np

from labeler.transactions.contract import TEXT_BUCKETS
from labeler.transactions.segments import per_pair
from labeler.transactions.table import StatementTable


def place_columns(table: StatementTable, states: np.ndarray) -> list[np.ndarray]:
    """`states`: str (distinct places,), "" where unknown."""
    place, home = table.place, table.city
    homes = np.array([value[:13].strip().upper() for value in home.values], object)
    names = np.array([value.upper() for value in place.values], object)
    is_home = per_pair(place, home, lambda p, h: names[p] == homes[h])
    home_states = np.array(table.state.values, object)
    in_home_state = per_pair(place, table.state, lambda p, s: (states[p] == home_states[s]) & (states[p] != ""))
    per_place = np.column_stack([states != "", _shape(place.values)]).astype(np.float32)
    per_country = np.column_stack([is_abroad(table.country.values), [value == "" for value in table.country.values]])
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


def is_abroad(countries: Sequence[str]) -> np.ndarray:
    return np.array([country not in {"", "BR"} for country in countries])
