"""The contract's features again in plain pandas, without a look at labeler's code for them.

They are the benchmark's opponent, and a test holds the two against each other.
"""

import io
import string
import unicodedata
import zlib

import numpy as np
import pandas as pd

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
    features = pd.DataFrame(index=frame.index)
    amount = frame["valor"].fillna(0.0)
    cents = (amount.abs() * 100).round().astype(int)
    features["amount"] = amount
    features["log_amount"] = np.sign(amount) * np.log1p(amount.abs())
    features["amount_missing"] = frame["valor"].isna()
    features["amount_cents"] = cents % 100
    features["amount_is_whole"] = cents % 100 == 0
    features["amount_is_tens"] = cents % 1000 == 0
    features["amount_ends_in_9"] = cents // 10 % 10 == 9
    limit = frame["limite_total"].clip(lower=1.0)
    features["log_credit_limit"] = np.sign(frame["limite_total"]) * np.log1p(frame["limite_total"].abs())
    features["log_available_limit"] = np.sign(frame["limite_disp"]) * np.log1p(frame["limite_disp"].abs())
    features["utilisation"] = (1 - frame["limite_disp"] / limit).clip(-5, 5)
    features["amount_to_limit"] = (amount / limit).clip(-5, 5)
    features["age"] = frame["idade"]
    features["is_female"] = frame["sexo"] == "F"
    opened = frame["safra_abertura"]
    months = frame["day"].dt.year * 12 + frame["day"].dt.month
    features["months_open"] = months - (opened // 100 * 12 + opened % 100)
    _calendar(features, frame, reference)
    _account(features, frame)
    _place(features, frame, reference)
    _codes(features, frame, reference)
    return features[list(FEATURE_NAMES)].astype(np.float32)


def _calendar(features: pd.DataFrame, frame: pd.DataFrame, reference: ReferenceData) -> None:
    day = frame["day"]
    features["weekday"] = day.dt.weekday
    features["day_of_month"] = day.dt.day
    features["month"] = day.dt.month
    features["is_weekend"] = day.dt.weekday >= 5
    holidays = pd.DatetimeIndex(reference.holidays)
    features["is_holiday"] = day.isin(holidays)

    def wait(value: pd.Timestamp) -> int:
        following = holidays[holidays >= value]
        return min(15, (following[0] - value).days) if len(following) else 15

    features["days_to_holiday"] = day.map({value: wait(value) for value in day.unique()})


def _account(features: pd.DataFrame, frame: pd.DataFrame) -> None:
    features["abroad"] = ~frame["pais_estabelecimento"].isin(["", "BR"])
    keys = [frame.groupby(["id", "safra_abertura"], sort=False).ngroup()]
    place, day = frame["cidade_estabelecimento"], frame["day"]
    log_amount = features["log_amount"]
    group = log_amount.groupby(keys)
    known = frame["valor"].notna().groupby(keys).transform("sum").clip(lower=1)
    rows = group.transform("size")
    features["account_rows"] = rows
    mean = group.transform("sum") / known
    squares = (log_amount**2).groupby(keys).transform("sum") / known
    features["account_log_amount_mean"] = mean
    features["account_log_amount_std"] = np.sqrt((squares - mean**2).clip(lower=0))
    features["account_log_amount_max"] = group.transform("max")
    features["account_places"] = place.groupby(keys).transform("nunique")
    features["account_abroad_share"] = features["abroad"].groupby(keys).transform("mean")
    span = (day.groupby(keys).transform("max") - day.groupby(keys).transform("min")).dt.days + 1
    features["account_rows_a_day"] = rows / span
    features["log_amount_to_account"] = log_amount - mean
    cents = (frame["valor"].fillna(0) * 100).round().astype(int)
    place_rows = log_amount.groupby([*keys, place]).transform("size")
    features["place_share"] = place_rows / rows
    features["log_place_rows"] = np.log(place_rows)
    features["log_amount_rows"] = np.log(log_amount.groupby([*keys, cents]).transform("size"))
    features["log_place_amount_rows"] = np.log(log_amount.groupby([*keys, place, cents]).transform("size"))
    features["log_day_rows"] = np.log(log_amount.groupby([*keys, day]).transform("size"))
    features["log_place_log_amount_mean"] = log_amount.groupby([*keys, place]).transform("mean")


def _place(features: pd.DataFrame, frame: pd.DataFrame, reference: ReferenceData) -> None:
    place, country = frame["cidade_estabelecimento"], frame["pais_estabelecimento"]
    features["is_abroad"] = features["abroad"]
    features["country_missing"] = country == ""
    features["place_is_home"] = place.str.upper() == frame["cidade"].str.slice(0, 13).str.strip().str.upper()
    state = place.map(lambda value: reference.state_of(value) or "")
    features["place_in_home_state"] = (state == frame["estado"]) & (state != "")
    features["place_state_known"] = state != ""
    features["place_length"] = place.str.len()
    features["place_digits"] = place.str.count(r"\d")
    features["place_lower"] = place.map(lambda value: sum(map(str.islower, value)))
    features["place_dots"] = place.str.count(r"[.\-]")
    features["place_blanks"] = place.str.count(" ")

    def trigrams(value: str) -> list[int]:
        padded, counts = f" {value.upper()} ".encode(), [0] * TEXT_BUCKETS
        for start in range(len(padded) - 2):
            counts[zlib.crc32(padded[start : start + 3]) % TEXT_BUCKETS] += 1
        return counts

    text = pd.DataFrame(place.map(trigrams).tolist(), index=frame.index)
    features[[f"place_text_{i}" for i in range(TEXT_BUCKETS)]] = text


def _codes(features: pd.DataFrame, frame: pd.DataFrame, reference: ReferenceData) -> None:
    def in_buckets(names: pd.Series) -> pd.Series:
        ascii_only = names.map(lambda name: "".join(c for c in unicodedata.normalize("NFKD", name) if c < "\x80"))
        tidy = ascii_only.str.upper().str.replace(r"\s+", " ", regex=True).str.strip()
        digits = tidy.str.replace(r"[\s()+./-]", "", regex=True)
        tidy = tidy.str.slice(0, 13).str.strip().mask(digits.str.fullmatch("[0-9]{7,}"), digits)
        return tidy.map(lambda name: 1 + zlib.crc32(name.encode()) % (CODE_BUCKETS - 1)).mask(tidy == "", 0)

    def in_list(values: pd.Series, known: tuple[str, ...]) -> pd.Series:
        return values.str.upper().map({value: code for code, value in enumerate(known, start=1)})

    features["place_code"] = in_buckets(frame["cidade_estabelecimento"])
    features["home_city_code"] = in_buckets(frame["cidade"])
    features["home_state_code"] = in_list(frame["estado"], STATES).fillna(0)
    features["place_state_code"] = in_list(frame["cidade_estabelecimento"].map(reference.state_of), STATES).fillna(0)
    country = frame["pais_estabelecimento"]
    features["country_code"] = in_list(country, COUNTRIES).fillna(677).mask(country == "", 0)
