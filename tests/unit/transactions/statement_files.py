"""Builds statement files for tests: invented rows in the real format. Shows what was read from them."""

from labeler.task import RawFile, Reject
from labeler.transactions.table import Coded

COLUMNS = (
    "id",
    "safra_abertura",
    "cidade",
    "estado",
    "idade",
    "sexo",
    "limite_total",
    "limite_disp",
    "data",
    " valor ",
    "cidade_estabelecimento",
    "pais_estabelecimento",
)
GOOD = {
    "id": "1,23E+11",
    "safra_abertura": "201405",
    "cidade": "VILA NOVA             ",
    "estado": "SP ",
    "idade": "37",
    "sexo": "F",
    "limite_total": "4700",
    "limite_disp": "5605",
    "data": "4.12.2019",
    " valor ": "31",
    "cidade_estabelecimento": "VILA NOVA",
    "pais_estabelecimento": "BR",
}


def line(columns: tuple[str, ...] = COLUMNS, **changes: str) -> str:
    values = {**GOOD, **{" valor " if name == "valor" else name: value for name, value in changes.items()}}
    return ";".join(values[name] for name in columns)


def body(*lines: str, header: str | None = None, end: str = "\r\n", encoding: str = "mac_roman") -> bytes:
    return "".join(row + end for row in (header or ";".join(COLUMNS), *lines)).encode(encoding)


def file(*lines: str, key: str = "a.csv", **options: str) -> RawFile:
    return RawFile(key, body(*lines, **options))


def texts(column: Coded) -> list[str]:
    return [column.values[code] for code in column.codes]


def reasons(rejects: list[Reject]) -> list[tuple[int, int | None, int | None, str | None, str]]:
    return [(r.file, r.row_number, r.line, r.column, str(r.reason)) for r in rejects]
