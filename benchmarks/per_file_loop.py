"""The loop that most people would write: one file at a time with boto3, pandas and `predict`.

`pandas_features` computes the contract's features again in plain pandas, without a look at labeler's code for
them: it is the benchmark's opponent, and a test holds the two against each other.
"""

import io
import string
import unicodedata
import zlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from labeler.task import RawFile
from labeler.transactions import task
from labeler.transactions.contract import CODE_BUCKETS, FEATURE_NAMES, TEXT_BUCKETS
from labeler.transactions.reference import ReferenceData

STATES = (
    "AC", "AL", "AM", "AP", "BA", "CE", "DF", "ES", "GO", "MA", "MG", "MS", "MT", "PA",
    "PB", "PE", "PI", "PR", "RJ", "RN", "RO", "RR", "RS", "SC", "SE", "SP", "TO",
)  # fmt: skip
COUNTRIES = tuple(first + second for first in string.ascii_uppercase for second in string.ascii_uppercase)


def read(body: bytes) -> pd.DataFrame:
    frame = pd.read_csv(
        io.BytesIO(body),
        sep=";",
        encoding="mac_roman",
        decimal=",",
        thousands=".",
        skipinitialspace=True,
        na_values=["-   ", "-"],
        keep_default_na=False,
        dtype={"id": str, "data": str, "estado": str, "sexo": str, "pais_estabelecimento": str},
    )
    frame.columns = frame.columns.str.strip()
    frame["valor"] = frame["valor"].astype(float)
    for column in ("cidade", "estado", "sexo", "cidade_estabelecimento", "pais_estabelecimento"):
        frame[column] = frame[column].astype(str).str.strip()
    frame["day"] = pd.to_datetime(frame["data"], format="%d.%m.%Y")
    return frame


def pandas_features(frame: pd.DataFrame, reference: ReferenceData) -> pd.DataFrame:
    made = pd.DataFrame(index=frame.index)
    amount = frame["valor"].fillna(0.0)
    cents = (amount.abs() * 100).round().astype(int)
    made["amount"] = amount
    made["log_amount"] = np.sign(amount) * np.log1p(amount.abs())
    made["amount_missing"] = frame["valor"].isna()
    made["amount_cents"] = cents % 100
    made["amount_is_whole"] = cents % 100 == 0
    made["amount_is_tens"] = cents % 1000 == 0
    made["amount_ends_in_9"] = cents // 10 % 10 == 9
    limit = frame["limite_total"].clip(lower=1.0)
    made["log_credit_limit"] = np.sign(frame["limite_total"]) * np.log1p(frame["limite_total"].abs())
    made["log_available_limit"] = np.sign(frame["limite_disp"]) * np.log1p(frame["limite_disp"].abs())
    made["utilisation"] = (1 - frame["limite_disp"] / limit).clip(-5, 5)
    made["amount_to_limit"] = (amount / limit).clip(-5, 5)
    made["age"] = frame["idade"]
    made["is_female"] = frame["sexo"] == "F"
    opened = frame["safra_abertura"]
    months = frame["day"].dt.year * 12 + frame["day"].dt.month
    made["months_open"] = months - (opened // 100 * 12 + opened % 100)
    _calendar(made, frame, reference)
    _account(made, frame)
    _place(made, frame, reference)
    _codes(made, frame, reference)
    return made[list(FEATURE_NAMES)].astype(np.float32)


def _calendar(made: pd.DataFrame, frame: pd.DataFrame, reference: ReferenceData) -> None:
    day = frame["day"]
    made["weekday"] = day.dt.weekday
    made["day_of_month"] = day.dt.day
    made["month"] = day.dt.month
    made["is_weekend"] = day.dt.weekday >= 5
    holidays = pd.DatetimeIndex(reference.holidays)
    made["is_holiday"] = day.isin(holidays)

    def wait(value: pd.Timestamp) -> int:
        following = holidays[holidays >= value]
        return min(15, (following[0] - value).days) if len(following) else 15

    made["days_to_holiday"] = day.map({value: wait(value) for value in day.unique()})


def _account(made: pd.DataFrame, frame: pd.DataFrame) -> None:
    made["abroad"] = ~frame["pais_estabelecimento"].isin(["", "BR"])
    keys = [frame.groupby(["id", "safra_abertura"], sort=False).ngroup()]
    place, day = frame["cidade_estabelecimento"], frame["day"]
    log_amount = made["log_amount"]
    group = log_amount.groupby(keys)
    known = frame["valor"].notna().groupby(keys).transform("sum").clip(lower=1)
    rows = group.transform("size")
    made["account_rows"] = rows
    mean = group.transform("sum") / known
    squares = (log_amount**2).groupby(keys).transform("sum") / known
    made["account_log_amount_mean"] = mean
    made["account_log_amount_std"] = np.sqrt((squares - mean**2).clip(lower=0))
    made["account_log_amount_max"] = group.transform("max")
    made["account_places"] = place.groupby(keys).transform("nunique")
    made["account_abroad_share"] = made["abroad"].groupby(keys).transform("mean")
    span = (day.groupby(keys).transform("max") - day.groupby(keys).transform("min")).dt.days + 1
    made["account_rows_a_day"] = rows / span
    made["log_amount_to_account"] = log_amount - mean
    cents = (frame["valor"].fillna(0) * 100).round().astype(int)
    place_rows = log_amount.groupby([*keys, place]).transform("size")
    made["place_share"] = place_rows / rows
    made["log_place_rows"] = np.log(place_rows)
    made["log_amount_rows"] = np.log(log_amount.groupby([*keys, cents]).transform("size"))
    made["log_place_amount_rows"] = np.log(log_amount.groupby([*keys, place, cents]).transform("size"))
    made["log_day_rows"] = np.log(log_amount.groupby([*keys, day]).transform("size"))
    made["log_place_log_amount_mean"] = log_amount.groupby([*keys, place]).transform("mean")


def _place(made: pd.DataFrame, frame: pd.DataFrame, reference: ReferenceData) -> None:
    place, country = frame["cidade_estabelecimento"], frame["pais_estabelecimento"]
    made["is_abroad"] = made["abroad"]
    made["country_missing"] = country == ""
    made["place_is_home"] = place.str.upper() == frame["cidade"].str.slice(0, 13).str.strip().str.upper()
    state = place.map(lambda value: reference.state_of(value) or "")
    made["place_in_home_state"] = (state == frame["estado"]) & (state != "")
    made["place_state_known"] = state != ""
    made["place_length"] = place.str.len()
    made["place_digits"] = place.str.count(r"\d")
    made["place_lower"] = place.map(lambda value: sum(map(str.islower, value)))
    made["place_dots"] = place.str.count(r"[.\-]")
    made["place_blanks"] = place.str.count(" ")

    def trigrams(value: str) -> list[int]:
        padded, counts = f" {value.upper()} ".encode(), [0] * TEXT_BUCKETS
        for start in range(len(padded) - 2):
            counts[zlib.crc32(padded[start : start + 3]) % TEXT_BUCKETS] += 1
        return counts

    text = pd.DataFrame(place.map(trigrams).tolist(), index=frame.index)
    made[[f"place_text_{i}" for i in range(TEXT_BUCKETS)]] = text


def _codes(made: pd.DataFrame, frame: pd.DataFrame, reference: ReferenceData) -> None:
    def in_buckets(names: pd.Series) -> pd.Series:
        ascii_only = names.map(lambda name: "".join(c for c in unicodedata.normalize("NFKD", name) if c < "\x80"))
        tidy = ascii_only.str.upper().str.replace(r"\s+", " ", regex=True).str.strip()
        digits = tidy.str.replace(r"[\s()+./-]", "", regex=True)
        tidy = tidy.str.slice(0, 13).str.strip().mask(digits.str.fullmatch("[0-9]{7,}"), digits)
        return tidy.map(lambda name: 1 + zlib.crc32(name.encode()) % (CODE_BUCKETS - 1)).mask(tidy == "", 0)

    def in_list(values: pd.Series, known: tuple[str, ...]) -> pd.Series:
        return values.str.upper().map({value: code for code, value in enumerate(known, start=1)})

    made["place_code"] = in_buckets(frame["cidade_estabelecimento"])
    made["home_city_code"] = in_buckets(frame["cidade"])
    made["home_state_code"] = in_list(frame["estado"], STATES).fillna(0)
    made["place_state_code"] = in_list(frame["cidade_estabelecimento"].map(reference.state_of), STATES).fillna(0)
    country = frame["pais_estabelecimento"]
    made["country_code"] = in_list(country, COUNTRIES).fillna(677).mask(country == "", 0)


def with_pandas(body: bytes, reference: ReferenceData) -> np.ndarray:
    return pandas_features(read(body), reference).to_numpy()


def with_own_features(body: bytes, reference: ReferenceData) -> np.ndarray:
    """A stronger opponent: the same loop, but labeler's own reader and features for each file."""
    return task.features(task.read([RawFile("", body)]).table, reference)


def label_files(
    s3: Any,
    bucket: str,
    keys: list[str],
    *,
    reference: ReferenceData,
    classifier: Any,
    matrix_of: Callable[[bytes, ReferenceData], np.ndarray],
) -> int:
    """Rows labeled."""
    rows = 0
    for key in keys:
        matrix = matrix_of(s3.get_object(Bucket=bucket, Key=key)["Body"].read(), reference)
        probability = classifier.predict_proba(matrix)
        labels = pd.DataFrame(
            {"label": classifier.classes_[probability.argmax(axis=1)], "confidence": probability.max(axis=1)}
        )
        rows += len(labels)
    return rows
