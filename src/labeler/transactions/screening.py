"""The row's contract on whole columns: every distinct value is checked once (pure).

`screen_decimals` and `screen_values` use the same fields as `schema.StatementRow`; a property test proves that screen
and contract agree.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import ValidationError

from labeler.transactions.schema import AMOUNT_COLUMN, HIGHEST_MONEY, LOWEST_MONEY, adapter
from labeler.transactions.values import MISSING_AMOUNT, NUMBER


def screen_values(column: str, distinct: Sequence[str]) -> tuple[list[Any], np.ndarray]:
    """Distinct texts of a column -> (parsed values, bool (d,) is good). A bad value is parsed as None."""
    field = adapter(column)
    values, is_good = [], np.ones(len(distinct), dtype=bool)
    for position, text in enumerate(distinct):
        try:
            values.append(field.validate_python(text))
        except ValidationError:
            values.append(None)
            is_good[position] = False
    return values, is_good


def screen_decimals(column: str, distinct: pa.StringArray) -> tuple[np.ndarray, np.ndarray]:
    """Distinct ASCII texts of a decimal column -> (float64 (d,), bool (d,) is good).

    The vectorised form of `parse_decimal` / `parse_amount` with the field's bounds; missing and bad are NaN.
    """
    text = pc.ascii_trim(distinct, " ")
    is_missing = pc.equal(text, MISSING_AMOUNT) if column == AMOUNT_COLUMN else pa.scalar(value=False)
    is_number = pc.match_substring_regex(text, f"^(?:{NUMBER.pattern})$")
    normalized = pc.replace_substring(pc.replace_substring(text, ".", ""), ",", ".")
    numbers = pc.if_else(is_number, normalized, None).cast(pa.float64())
    values = numbers.fill_null(np.nan).to_numpy(zero_copy_only=False)
    is_good = (values >= LOWEST_MONEY) & (values <= HIGHEST_MONEY)
    if column == AMOUNT_COLUMN:
        is_good |= is_missing.to_numpy(zero_copy_only=False)
    return values, is_good
