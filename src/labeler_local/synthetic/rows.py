"""Values of synthetic statements, a batch of accounts at a time."""

from dataclasses import dataclass
from datetime import date

import numpy as np

from labeler_local.synthetic import marginals
from labeler_local.synthetic.days import draw_burst_leaders, draw_days, draw_windows, move_to_monthly_day
from labeler_local.synthetic.hashing import key_of, uniform
from labeler_local.synthetic.merchants import draw_cents, draw_merchants, merchant_places
from labeler_local.synthetic.places import places

BATCH = 128
"""Accounts drawn together. Part of the format: another number gives other statements for a seed."""


@dataclass(frozen=True, slots=True)
class AccountBatch:
    """BATCH accounts and their n rows; the rows of an account are adjacent, in the file's order."""

    heads: list[str]
    """Per account: id;cohort;city;state;age;sex."""
    starts: np.ndarray  # int64 (BATCH + 1,) first row of each account
    account: np.ndarray  # int64 (n,) within the batch
    category: np.ndarray  # int64 (n,) index into CATEGORIES
    place: np.ndarray  # int64 (n,) index into places().texts
    cents: np.ndarray  # int64 (n,) MISSING where there is no amount
    day: np.ndarray  # int64 (n,) 0 to DAYS - 1
    limit: np.ndarray  # int64 (n,) BRL
    available: np.ndarray  # int64 (n,) BRL


def draw_batch(seed: int, batch: int, *, until: date) -> AccountBatch:
    """A function of its arguments alone: files do not depend on how many are asked for."""
    rng = np.random.default_rng((seed, batch))
    heads, home = _heads(rng, until)
    lengths = np.exp(rng.normal(marginals.ROWS_LOG_MEAN, marginals.ROWS_LOG_SPREAD, BATCH))
    lengths = np.clip(lengths.astype(np.int64), marginals.ROWS_MIN, marginals.ROWS_MAX)
    account = np.repeat(np.arange(BATCH), lengths)
    batch_key = seed * 0x9E3779B97F4A7C15 + batch * BATCH
    leader = draw_burst_leaders(rng, account)
    window = draw_windows(rng, accounts=BATCH)
    day = draw_days(rng, account, leader, window, until)
    merchants = draw_merchants(rng, account, leader, day, batch_key=batch_key, home=home)
    day = move_to_monthly_day(merchants, day, window, until)
    cents = draw_cents(rng, merchants)
    place = merchant_places(merchants)
    limit, available = _limits(rng, account, day, batch_key=batch_key)
    block = uniform(key_of(account, batch_key, day // 2, rng.integers(0, 2, len(account))), 15)
    order = np.lexsort((day, block, account))  # short runs of days, shuffled, as the real files are
    return AccountBatch(
        heads=heads,
        starts=np.concatenate(([0], np.cumsum(lengths))),
        account=account,
        category=merchants.category[order],
        place=place[order],
        cents=cents[order],
        day=day[order],
        limit=limit[order],
        available=available[order],
    )


def _heads(rng: np.random.Generator, until: date) -> tuple[list[str], np.ndarray]:
    """Fields that are the same in all rows of an account, and the city of its own second place."""
    digits = np.exp(rng.uniform(np.log(1e9), np.log(9.9e10), BATCH)).astype(np.int64)
    numbers = np.where(rng.random(BATCH) < marginals.PLAIN_ID_SHARE, digits, rng.integers(10**11, 10**12, BATCH))
    months_open = (9 + rng.gamma(1.2, 24.0, BATCH)).astype(np.int64).clip(9, 150)
    weights = np.cumsum([weight for _, _, weight in marginals.HOME_CITIES])
    cities = np.searchsorted(weights / weights[-1], rng.random(BATCH), side="right")
    ages = np.exp(rng.normal(marginals.AGE_LOG_MEAN, marginals.AGE_LOG_SPREAD, BATCH)).round().astype(np.int64)
    is_female = rng.random(BATCH) < marginals.FEMALE_SHARE
    heads = []
    for number, months, city, age, female in zip(numbers, months_open, cities, ages, is_female, strict=True):
        name, state, _ = marginals.HOME_CITIES[city]
        month = until.year * 12 + until.month - 1 - int(months)
        clipped = min(max(int(age), marginals.AGE_MIN), marginals.AGE_MAX)
        cohort = f"{month // 12}{month % 12 + 1:02d}"
        sex = "F" if female else "M"
        heads.append(f"{_spreadsheet_id(int(number))};{cohort};{name:<{marginals.CITY_WIDTH}};{state} ;{clipped};{sex}")
    others = np.searchsorted(places().other_steps, rng.random(BATCH), side="right")
    own = np.array([places().names.index(marginals.HOME_CITIES[city][0]) for city in cities])
    return heads, np.where(cities == 0, others, own)


def _spreadsheet_id(number: int) -> str:
    """More than 11 digits turn to 4,53E+11."""
    return str(number) if number < 10**11 else f"{number:.2E}".replace(".", ",")


def _limits(
    rng: np.random.Generator, account: np.ndarray, day: np.ndarray, *, batch_key: int
) -> tuple[np.ndarray, np.ndarray]:
    """(limit, available limit) in whole BRL; in some accounts the limit changes every 90 days or so."""
    base = np.exp(rng.normal(marginals.LIMIT_LOG_MEAN, marginals.LIMIT_LOG_SPREAD, BATCH)).clip(400, 60000)
    has_moving_limit = (rng.random(BATCH) < marginals.MOVING_LIMIT_SHARE)[account]
    quarter = uniform(key_of(account, batch_key, day // 90), 16)
    factor = np.array([1.0, 1.0, 0.6, 0.8, 1.4])[(quarter * 5).astype(np.int64)]
    limit = base[account] * np.where(has_moving_limit, factor, 1.0)
    limit = np.where(limit < 10000, (limit / 50).round() * 50, (limit / 500).round() * 500)
    level = rng.normal(marginals.UNUSED_MEAN, marginals.UNUSED_SPREAD, BATCH).clip(0.05, 1.2)[account]
    unused = level + rng.normal(0.0, marginals.UNUSED_ROW_SPREAD, len(account)) + 0.2 * (0.5 - day % 30 / 30)
    return limit.astype(np.int64), np.abs(limit * unused).astype(np.int64)
