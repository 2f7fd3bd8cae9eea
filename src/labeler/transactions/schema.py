"""The contract of a statement's row, as it arrives: every value is text.

`StatementRow` is the contract and explains a bad row; screening.py checks whole columns by the same fields.
"""

from datetime import date
from functools import cache
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError

from labeler.transactions.reasons import RowReason
from labeler.transactions.values import parse_amount, parse_cohort, parse_date, parse_decimal, parse_whole, strip_blanks

ENCODING = "mac_roman"
SEPARATOR = ";"
LABEL_COLUMN = "grupo_estabelecimento"
AMOUNT_COLUMN = "valor"
LOWEST_MONEY, HIGHEST_MONEY = -1e9, 1e9

Identifier = Annotated[str, BeforeValidator(strip_blanks), StringConstraints(max_length=40)]
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
NUMERIC = ("limite_total", "limite_disp", AMOUNT_COLUMN)


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
        adapter(column).validate_python(text)
    except ValidationError as error:
        return _reason(error.errors()[0]["type"])
    return None


@cache
def adapter(column: str) -> TypeAdapter[Any]:
    """Parses one value of a column, by the annotations of its field."""
    field = next(field for name, field in StatementRow.model_fields.items() if (field.alias or name) == column)
    adapted: Any = Annotated[field.annotation, *field.metadata]
    return TypeAdapter(adapted)
