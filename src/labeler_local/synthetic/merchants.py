"""Who the accounts of a batch pay, where that is, and how much.

A merchant is no object: it is (account, category, rank, season), and what it charges and where it stands is hashed
from these, so that the same merchant looks the same in every row.
"""

from dataclasses import dataclass

import numpy as np

from labeler.transactions.categories import CATEGORIES
from labeler_local.synthetic import marginals
from labeler_local.synthetic.hashing import key_of, normal, uniform
from labeler_local.synthetic.places import places

MISSING = -1
"""Cents of a missing amount."""
MAX_RANK = 4096


@dataclass(frozen=True, slots=True)
class Merchants:
    """Of each row: who was paid."""

    account: np.ndarray
    category: np.ndarray
    key: np.ndarray  # uint64 (n,) of the merchant
    group_key: np.ndarray  # uint64 (n,) of the account and category
    home: np.ndarray  # int64 (n,) city of the account's own second place
    own_share: np.ndarray  # float64 (n,)
    is_fixed: np.ndarray  # bool (n,) always charges the same


def draw_merchants(
    rng: np.random.Generator,
    account: np.ndarray,
    leader: np.ndarray,
    day: np.ndarray,
    *,
    batch_key: int,
    home: np.ndarray,
) -> Merchants:
    """A category by the account's own shares, then a merchant by rank: a few take most of the rows.

    `account`, `leader` and `day` are int64 (n,), `home` int64 (accounts,).
    """
    category = _categories(rng, account, accounts=len(home))
    reach = 1.0 - rng.random(len(account))
    rank = np.minimum(reach ** (-1.0 / marginals.MERCHANT_TAIL), MAX_RANK).astype(np.int64)
    repeated = np.where(rng.random(len(account)) < marginals.BURST_REPEATS, leader, np.arange(len(account)))
    category, rank = category[repeated], rank[repeated]
    is_loyal = uniform(key_of(account, batch_key, category, rank), 17) < marginals.LOYAL_SHARE
    key = key_of(account, batch_key, category, rank, np.where(is_loyal, 0, 1 + day // marginals.SEASON_DAYS))
    return Merchants(
        account=account,
        category=category,
        key=key,
        group_key=key_of(account, batch_key, category),
        home=home[account],
        own_share=rng.beta(*marginals.OWN_PLACE_BETA, len(home))[account],
        is_fixed=uniform(key, 1) < marginals.FIXED_PRICE_SHARE,
    )


def _categories(rng: np.random.Generator, account: np.ndarray, *, accounts: int) -> np.ndarray:
    """Each account has its own shares, from a Dirichlet around everybody's."""
    shares = np.array([marginals.CATEGORY_SHAPES[category].share for category in CATEGORIES])
    shapes = np.maximum(marginals.ACCOUNT_CONCENTRATION * shares, marginals.RARE_SHAPE)
    preferences = rng.standard_gamma(shapes, (accounts, len(CATEGORIES))) / shapes * shares
    steps = np.cumsum(preferences, axis=1)
    steps = steps / steps[:, -1:] + np.arange(accounts)[:, None]
    steps[:, -1] = np.arange(1, accounts + 1)  # exact, so that no row falls to the next account
    return np.searchsorted(steps.ravel(), account + rng.random(len(account)), side="right") % len(CATEGORIES)


def merchant_places(merchants: Merchants) -> np.ndarray:
    """Index into places().texts: the account's own second place, or one that suits the category."""
    known = places()
    usual = np.searchsorted(known.category_steps, merchants.category + uniform(merchants.key, 2), side="right")
    city = np.where(uniform(merchants.key, 3) < merchants.own_share, merchants.home, usual % len(known.names))
    spelling = np.searchsorted(np.cumsum(marginals.SPELLINGS[:-1]), uniform(merchants.key, 4), side="right")
    without = [CATEGORIES.index(name) for name in marginals.CATEGORIES_WITHOUT_PLACE]
    return np.where(np.isin(merchants.category, without), known.missing, spelling * len(known.names) + city)


def draw_cents(rng: np.random.Generator, merchants: Merchants) -> np.ndarray:
    """Skewed log-normal amounts, rounded by the habits of the category."""
    shapes = [marginals.CATEGORY_SHAPES[category] for category in CATEGORIES]
    category, key, fixed = merchants.category, merchants.key, merchants.is_fixed
    of_account, of_merchant, of_row = marginals.AMOUNT_PARTS
    alone = normal(merchants.group_key, 5)
    spread = of_account * alone + of_merchant * normal(key, 7)
    spread += of_row * np.where(fixed, normal(key, 9), rng.standard_normal(len(key)))
    above = np.array([shape.spread_above for shape in shapes])[category]
    below = np.array([shape.spread_below for shape in shapes])[category]
    median = np.array([shape.median for shape in shapes])[category]
    amount = median * np.exp(spread * np.where(spread > 0, above, below))
    habit, digit = (np.where(fixed, uniform(key, salt), rng.random(len(key))) for salt in (11, 12))
    habits = np.array([(shape.whole, shape.tenths, shape.nines) for shape in shapes]).cumsum(axis=1)[category]
    cents = _rounded(amount.clip(0.5, 15000.0), habit[:, None] < habits, digit)
    is_missing = np.isin(category, [CATEGORIES.index(name) for name in marginals.CATEGORIES_WITHOUT_AMOUNT])
    return np.where(is_missing, MISSING, cents)


def _rounded(amount: np.ndarray, habits: np.ndarray, digit: np.ndarray) -> np.ndarray:
    """Cents of BRL amounts. `habits` bool (n, 3), the first true one holds: whole, tenths, nines."""
    step = np.select([(digit < 0.12) & (amount > 100), (digit < 0.33) & (amount > 8), digit < 0.45], [50, 10, 5], 1)
    step = np.where(amount < 4, 1, step)
    whole = np.maximum((amount / step).round(), 1) * step * 100
    tenth = np.select([digit < 0.36, digit < 0.54, digit < 0.67], [9, 5, 8], np.floor(digit * 37) % 9 + 1)
    nine = np.where(digit < 0.36, 99, np.floor(digit * 53) % 10 * 10 + 9)
    base = np.floor(amount) * 100
    chosen = np.select(
        [habits[:, 0], habits[:, 1], habits[:, 2]], [whole, base + tenth * 10, base + nine], amount * 100
    )
    return chosen.round().astype(np.int64)
