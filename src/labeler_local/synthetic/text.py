"""The text of statements: what a spreadsheet export made of the values, as bytes."""

from datetime import date, timedelta
from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from labeler.transactions.categories import CATEGORIES
from labeler.transactions.schema import ENCODING, LABEL_COLUMN
from labeler_local.synthetic import marginals
from labeler_local.synthetic.corruption import Corruption
from labeler_local.synthetic.merchants import MISSING
from labeler_local.synthetic.places import places
from labeler_local.synthetic.rows import AccountBatch

CRLF = b"\r\n"
THOUSANDS = str.maketrans(",.", ".,")


def header_of(*, with_labels: bool) -> bytes:
    """The header as the bank writes it, blanks around `valor` included."""
    label = f"{LABEL_COLUMN};" if with_labels else ""
    return (
        "id;safra_abertura;cidade;estado;idade;sexo;limite_total;limite_disp;data; valor ;"
        f"{label}cidade_estabelecimento;pais_estabelecimento"
    ).encode("ascii")


def row_bytes(
    drawn: AccountBatch, corruption: Corruption, rng: np.random.Generator, *, with_labels: bool, until: date
) -> Any:
    """pyarrow binary array (n,): the rows with their line ends. Every text is made once per distinct value."""
    n = len(drawn.day)
    is_missing = rng.random(n) < corruption.missing_amounts
    cents, codes = np.unique(np.where(is_missing, MISSING, drawn.cents), return_inverse=True)
    place = _with_odd_places(drawn, corruption, rng)
    has_country = rng.random(n) >= corruption.empty_countries
    columns = [
        _take([head.encode(ENCODING) for head in drawn.heads], drawn.account),
        pa.array(drawn.limit).cast(pa.string()).cast(pa.binary()),
        pa.array(drawn.available).cast(pa.string()).cast(pa.binary()),
        _take(_day_texts(until), drawn.day),
        _take([amount_text(amount) for amount in cents.tolist()], codes),
        *([_take([name.encode(ENCODING) for name in CATEGORIES], drawn.category)] if with_labels else []),
        _take(_place_texts(), place * 2 + has_country),
    ]
    return pc.binary_join_element_wise(*columns, pa.scalar(b";", pa.binary()))


def _take(texts: list[bytes], codes: np.ndarray) -> Any:
    return pa.array(texts, pa.binary()).take(pa.array(codes))


def _with_odd_places(drawn: AccountBatch, corruption: Corruption, rng: np.random.Generator) -> np.ndarray:
    shapes = [marginals.CATEGORY_SHAPES[name] for name in CATEGORIES]
    mean = sum(shape.odd_places * shape.share for shape in shapes) / sum(shape.share for shape in shapes)
    rates = np.array([shape.odd_places for shape in shapes]) * corruption.odd_places / mean
    is_odd = (rng.random(len(drawn.place)) < rates[drawn.category]) & (drawn.place != places().missing)
    odd = places().first_odd + rng.integers(0, len(marginals.ODD_PLACES), len(drawn.place))
    return np.where(is_odd, odd, drawn.place)


def amount_text(cents: int) -> bytes:
    """BRL as the bank writes it: `31`, `54,4`, `1.784,10`; ` -   ` is missing."""
    if cents == MISSING:
        return b" -   "
    if cents >= 100_000:
        return f"{cents / 100:,.2f}".translate(THOUSANDS).encode()
    return f"{cents / 100:.2f}".rstrip("0").rstrip(".").replace(".", ",").encode()


@lru_cache(maxsize=4)
def _day_texts(until: date) -> list[bytes]:
    """`4.12.2019`: no zero before the day, but before the month."""
    days = (until - timedelta(days=before) for before in range(marginals.DAYS - 1, -1, -1))
    return [f"{day.day}.{day.month:02d}.{day.year}".encode() for day in days]


@lru_cache(maxsize=1)
def _place_texts() -> list[bytes]:
    """The end of a row: `place;` and `place;country`, alternating in the order of places().texts."""
    pairs = zip(places().texts, places().countries, strict=True)
    return [f"{place};{code}".encode(ENCODING) + CRLF for place, country in pairs for code in ("", country)]
