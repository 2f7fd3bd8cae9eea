"""Columns of codes: a category as a small whole number, for models that encode it themselves (one-hot, target).

A value's code is the same for ever and in every unit: it follows from the value alone, never from what else was read.
Neighbouring codes mean nothing. 0 is: nothing there, or unknown.
"""

import re
import zlib

import numpy as np

from labeler.transactions.contract import CODE_BUCKETS
from labeler.transactions.reference import PLACE_WIDTH, STATES, normalize_name
from labeler.transactions.table import StatementTable

PHONE = re.compile(r"(?=(.*[0-9]){7})[0-9 ()+./-]+")
"""Some merchants write a telephone number where their city belongs, each in its own way."""
OTHER_COUNTRY = 26 * 26 + 1
STATE_CODES = {state: code for code, state in enumerate(STATES, start=1)}


def code_columns(table: StatementTable, states: np.ndarray) -> list[np.ndarray]:
    """One float32 (n,) for each of contract.CODES. `states`: str (distinct places,), "" where unknown."""
    per_value = (
        (table.place, [place_code(value) for value in table.place.values]),
        (table.city, [place_code(value) for value in table.city.values]),
        (table.state, [state_code(value) for value in table.state.values]),
        (table.place, [state_code(state) for state in states]),
        (table.country, [country_code(value) for value in table.country.values]),
    )
    return [np.array(codes, np.float32)[column.codes] for column, codes in per_value]


def place_code(text: str) -> int:
    """0 to CODE_BUCKETS - 1; a home city and a merchant's place of one name have one code.

    Blanks inside a name count: `SAO PAULO` and `SAOPAULO` stand on rows of other categories.
    """
    name = normalize_name(text)
    name = re.sub("[^0-9]", "", name) if PHONE.fullmatch(name) else name[:PLACE_WIDTH].rstrip()
    return 1 + zlib.crc32(name.encode()) % (CODE_BUCKETS - 1) if name else 0


def state_code(state: str) -> int:
    """1 to 27, in the order of reference.STATES."""
    return STATE_CODES.get(state.strip().upper(), 0)


def country_code(country: str) -> int:
    """1 to 676 for two letters, whichever they are; 677 for anything else."""
    letters = country.strip().upper()
    if not letters:
        return 0
    if not re.fullmatch("[A-Z]{2}", letters):
        return OTHER_COUNTRY
    return 1 + 26 * (ord(letters[0]) - ord("A")) + ord(letters[1]) - ord("A")
