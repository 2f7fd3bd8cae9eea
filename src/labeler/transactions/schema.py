"""The contract of a statement's row, as it arrives: every value is text.

`StatementRow` is the contract and explains a bad row. `screen_decimals` and `screen_values` check whole columns
from the same fields, once per distinct value; a property test proves that screen and contract agree.
"""

import re
from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from functools import cache
from typing import Annotated, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError
from pydantic_core import PydanticCustomError

ENCODING = "mac_roman"
SEPARATOR = ";"
LABEL_COLUMN = "grupo_estabelecimento"
MISSING_AMOUNT = "-"
LOWEST_MONEY, HIGHEST_MONEY = -1e9, 1e9


class RowReason(StrEnum):
    """Why a row is refused."""

    FIELD_COUNT = "row_field_count"
    MISSING = "row_missing_value"
    NUMBER = "row_not_a_number"
    DATE = "row_not_a_date"
    RANGE = "row_out_of_range"
    TEXT = "row_bad_text"
    CATEGORY = "row_unknown_category"


NUMBER = re.compile(r"-?([0-9]{1,3}(\.[0-9]{3})+|[0-9]+)(,[0-9]+)?")
WHOLE = re.compile(r"-?[0-9]+")
DATE = re.compile(r"([0-9]{1,2})\.([0-9]{2})\.([0-9]{4})")


def _stripped(text: str) -> str:
    stripped = text.strip(" ")
    if not stripped:
        raise PydanticCustomError(RowReason.MISSING, "a value is required")
    return stripped


def parse_decimal(text: str) -> float:
    """`1.784,13` is 1784.13: decimal comma, points only between thousands."""
    stripped = _stripped(text)
    if not NUMBER.fullmatch(stripped):
        raise PydanticCustomError(RowReason.NUMBER, "not a number with decimal comma")
    return float(stripped.replace(".", "").replace(",", "."))


def parse_amount(text: str) -> float | None:
    """As `parse_decimal`; ` -   ` is a missing amount, which is kept as missing."""
    return None if text.strip(" ") == MISSING_AMOUNT else parse_decimal(text)


def parse_whole(text: str) -> int:
    stripped = _stripped(text)
    if not WHOLE.fullmatch(stripped):
        raise PydanticCustomError(RowReason.NUMBER, "not a whole number")
    return int(stripped)


def parse_date(text: str) -> date:
    """`4.12.2019`: day, month, year."""
    match = DATE.fullmatch(_stripped(text))
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


Identifier = Annotated[str, BeforeValidator(_stripped), StringConstraints(max_length=40)]
Place = Annotated[str, StringConstraints(strip_whitespace=True, max_length=60)]
Code = Annotated[str, StringConstraints(strip_whitespace=True, max_length=3)]
Bounded = Annotated[float, Field(ge=LOWEST_MONEY, le=HIGHEST_MONEY)]
Money = Annotated[Bounded, BeforeValidator(parse_decimal)]
Amount = Annotated[Bounded | None, BeforeValidator(parse_amount)]


class StatementRow(BaseModel):
    """One card transaction; aliases are the file's own column names."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=False)

    id: Identifier
    opened: Annotated[int, BeforeValidator(parse_cohort), Field(alias="safra_abertura", ge=190001, le=209912)]
    city: Annotated[Place, Field(alias="cidade")]
    state: Annotated[Code, Field(alias="estado")]
    age: Annotated[int, BeforeValidator(parse_whole), Field(alias="idade", ge=0, le=130)]
    sex: Annotated[Code, Field(alias="sexo")]
    credit_limit: Annotated[Money, Field(alias="limite_total")]
    available_limit: Annotated[Money, Field(alias="limite_disp")]
    day: Annotated[date, BeforeValidator(parse_date), Field(alias="data", ge=date(1990, 1, 1), le=date(2099, 12, 31))]
    amount: Annotated[Amount, Field(alias="valor")]
    place: Annotated[Place, Field(alias="cidade_estabelecimento")]
    country: Annotated[Code, Field(alias="pais_estabelecimento")]


COLUMNS: tuple[str, ...] = tuple(field.alias or name for name, field in StatementRow.model_fields.items())
"""The file's columns without the label, in the contract's order, without blanks around a name."""
NUMERIC = ("limite_total", "limite_disp", "valor")


def explain(row: dict[str, str]) -> tuple[str, str] | None:
    """(column, reason) of the first fault of a row by the contract; None when the row is good."""
    try:
        StatementRow.model_validate(row)
    except ValidationError as error:
        faults = {str(fault["loc"][0]): _reason(fault["type"]) for fault in reversed(error.errors())}
        column = next(name for name in COLUMNS if name in faults)
        return column, faults[column]
    return None


def _reason(error_type: str) -> str:
    if error_type in set(RowReason):
        return error_type
    if error_type in {"greater_than_equal", "less_than_equal", "finite_number"}:
        return RowReason.RANGE
    return RowReason.TEXT


def fault(column: str, text: str) -> str | None:
    """Why the contract refuses one value of a column; None when it does not."""
    try:
        _adapter(column).validate_python(text)
    except ValidationError as error:
        return _reason(error.errors()[0]["type"])
    return None


@cache
def _adapter(column: str) -> TypeAdapter[Any]:
    field = next(field for name, field in StatementRow.model_fields.items() if (field.alias or name) == column)
    adapted: Any = Annotated[field.annotation, *field.metadata]
    return TypeAdapter(adapted)


def screen_values(column: str, distinct: Sequence[str]) -> tuple[list[Any], "np.ndarray"]:
    """Distinct texts of a column -> (parsed values, bool (d,) is good). A bad value is parsed as None."""
    adapter = _adapter(column)
    values, is_good = [], np.ones(len(distinct), dtype=bool)
    for position, text in enumerate(distinct):
        try:
            values.append(adapter.validate_python(text))
        except ValidationError:
            values.append(None)
            is_good[position] = False
    return values, is_good


def screen_decimals(column: str, distinct: pa.StringArray) -> tuple["np.ndarray", "np.ndarray"]:
    """Distinct ASCII texts of a decimal column -> (float64 (d,), bool (d,) is good).

    The vectorised form of `parse_decimal` / `parse_amount` with the field's bounds; missing and bad are NaN.
    """
    text = pc.ascii_trim(distinct, " ")
    is_missing = pc.equal(text, MISSING_AMOUNT) if column == "valor" else pa.scalar(value=False)
    is_number = pc.match_substring_regex(text, f"^(?:{NUMBER.pattern})$")
    plain = pc.replace_substring(pc.replace_substring(text, ".", ""), ",", ".")
    numbers = pc.if_else(is_number, plain, None).cast(pa.float64())
    values = numbers.fill_null(np.nan).to_numpy(zero_copy_only=False)
    is_good = (values >= LOWEST_MONEY) & (values <= HIGHEST_MONEY)
    if column == "valor":
        is_good |= is_missing.to_numpy(zero_copy_only=False)
    return values, is_good
