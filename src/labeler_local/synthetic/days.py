"""On which days the accounts of a batch pay: calendar, bursts, subscriptions."""

from datetime import date, timedelta
from functools import lru_cache

import numpy as np

from labeler_local.synthetic import marginals
from labeler_local.synthetic.hashing import uniform
from labeler_local.synthetic.merchants import Merchants


def draw_burst_leaders(rng: np.random.Generator, account: np.ndarray) -> np.ndarray:
    """int64 (n,): the row that each row shares its day with; itself, but for the rows of a burst."""
    is_burst = rng.random(len(account)) < marginals.BURST_SHARE
    is_burst &= np.diff(account, prepend=-1) == 0
    leaders: np.ndarray = np.maximum.accumulate(np.where(is_burst, 0, np.arange(len(account))))
    return leaders


@lru_cache(maxsize=4)
def _calendar(until: date) -> tuple[np.ndarray, np.ndarray]:
    """(cumulative weight of the window's days (DAYS + 1,), day of the month (DAYS,)); the last day is `until`."""
    days = [until - timedelta(days=before) for before in range(marginals.DAYS - 1, -1, -1)]
    weights = [
        marginals.MONTHS[day.month - 1] * marginals.WEEKDAYS[day.weekday()] * marginals.MONTH_DAYS[day.day - 1]
        for day in days
    ]
    return np.concatenate(([0.0], np.cumsum(weights))), np.array([day.day for day in days])


def draw_windows(rng: np.random.Generator, *, accounts: int) -> tuple[np.ndarray, np.ndarray]:
    """First day and length (accounts,) in days of each account's part of the window; some opened late or ended early."""
    is_full = rng.random(accounts) < marginals.FULL_WINDOW_SHARE
    length = np.where(is_full, rng.uniform(0.95, 1.0, accounts), rng.uniform(0.13, 0.9, accounts)) * marginals.DAYS
    return (rng.random(accounts) < 0.5) * (marginals.DAYS - length), length


def draw_days(
    rng: np.random.Generator,
    account: np.ndarray,
    leader: np.ndarray,
    window: tuple[np.ndarray, np.ndarray],
    until: date,
) -> np.ndarray:
    """Days 0 to DAYS - 1, by the calendar's weights."""
    steps, _ = _calendar(until)
    first, length = window
    low, high = (np.interp(edge, np.arange(marginals.DAYS + 1), steps) for edge in (first, first + length))
    at = low[account] + (high - low)[account] * rng.random(len(account))
    return np.searchsorted(steps, at, side="right")[leader] - 1


def move_to_monthly_day(
    merchants: Merchants, day: np.ndarray, window: tuple[np.ndarray, np.ndarray], until: date
) -> np.ndarray:
    """Moves the rows of subscriptions to their day of the same month, if that is within the account's window."""
    first, length = (edge[merchants.account] for edge in window)
    on_date = day - _calendar(until)[1][day] + 1 + np.floor(28 * uniform(merchants.key, 13)).astype(np.int64)
    is_monthly = merchants.is_fixed & (uniform(merchants.key, 14) < marginals.MONTHLY_SHARE)
    is_monthly &= (on_date >= first) & (on_date < first + length - 1)
    return np.where(is_monthly, on_date, day)
