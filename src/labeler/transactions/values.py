"""One field's text -> its value, or the reason why it has none (pure)."""

import re
from datetime import date

from pydantic_core import PydanticCustomError

from labeler.transactions.reasons import RowReason

MISSING_AMOUNT = "-"
NUMBER = re.compile(r"-?([0-9]{1,3}(\.[0-9]{3})+|[0-9]+)(,[0-9]+)?")
WHOLE = re.compile(r"-?[0-9]+")
DATE = re.compile(r"([0-9]{1,2})\.([0-9]{2})\.([0-9]{4})")


def strip_blanks(text: str) -> str:
    stripped = text.strip(" ")
    if not stripped:
        raise PydanticCustomError(RowReason.MISSING, "a value is required")
    return stripped


def parse_decimal(text: str) -> float:
    """`1.784,13` is 1784.13: decimal comma, points only between thousands."""
    stripped = strip_blanks(text)
    if not NUMBER.fullmatch(stripped):
        raise PydanticCustomError(RowReason.NUMBER, "not a number with decimal comma")
    return float(stripped.replace(".", "").replace(",", "."))


def parse_amount(text: str) -> float | None:
    """As `parse_decimal`; ` -   ` is a missing amount, which is kept as missing."""
    return None if text.strip(" ") == MISSING_AMOUNT else parse_decimal(text)


def parse_whole(text: str) -> int:
    stripped = strip_blanks(text)
    if not WHOLE.fullmatch(stripped):
        raise PydanticCustomError(RowReason.NUMBER, "not a whole number")
    return int(stripped)


def parse_date(text: str) -> date:
    """`4.12.2019`: day, month, year."""
    match = DATE.fullmatch(strip_blanks(text))
    if not match:
        raise PydanticCustomError(RowReason.DATE, "not a date d.mm.yyyy")
    day, month, year = (int(part) for part in match.groups())
    try:
        return date(year, month, day)
    except ValueError:
        raise PydanticCustomError(RowReason.DATE, "no such day") from None


def parse_cohort(text: str) -> int:
    cohort = parse_whole(text)
    if not 1 <= cohort % 100 <= 12:
        raise PydanticCustomError(RowReason.DATE, "not a month yyyymm")
    return cohort
