"""Where synthetic merchants stand: every spelling of a place, and how likely it is for each category."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from labeler.transactions.categories import CATEGORIES
from labeler.transactions.reference import PLACE_WIDTH
from labeler_local.synthetic import marginals


@dataclass(frozen=True, slots=True)
class Places:
    """Cities are indexed as in `names`; a spelled place is `spelling * len(names) + city`."""

    names: tuple[str, ...]
    texts: tuple[str, ...]
    """Spelled places: four spellings of each city, then the odd places, last the missing one."""
    countries: tuple[str, ...]
    """Of the spelled places."""
    category_steps: np.ndarray
    """float64 (categories * cities,): category + cumulative share of its cities, for one `searchsorted`."""
    other_steps: np.ndarray
    """float64 (cities,): cumulative share of cities as an account's own second place."""

    @property
    def first_odd(self) -> int:
        return len(SPELLINGS) * len(self.names)

    @property
    def missing(self) -> int:
        return len(self.texts) - 1


def _cut(name: str) -> str:
    return name[:PLACE_WIDTH].rstrip()


SPELLINGS = (
    _cut,
    lambda name: _cut(name.replace(" ", "")),
    lambda name: _cut(name.title()),
    lambda name: _cut(name.title().replace(" ", "")),
)
"""In the order of `marginals.SPELLINGS`."""


@lru_cache(maxsize=1)
def places() -> Places:
    homes = {name for name, _, _ in marginals.HOME_CITIES}
    others = dict(marginals.OTHER_PLACES)
    cities = sorted({marginals.CAPITAL, *homes, *others})
    names = (*cities, *(name for name, _ in marginals.FOREIGN_PLACES))
    countries = ("BR",) * len(cities) + tuple(country for _, country in marginals.FOREIGN_PLACES)
    odd_texts, odd_countries = zip(*marginals.ODD_PLACES, strict=True)
    weights = np.array([others.get(name, 0.0) for name in names])
    return Places(
        names=names,
        texts=(*(spell(name) for spell in SPELLINGS for name in names), *odd_texts, ""),
        countries=(*countries * len(SPELLINGS), *odd_countries, ""),
        category_steps=_category_steps(names, weights / weights.sum()),
        other_steps=np.cumsum(weights / weights.sum()),
    )


def _category_steps(names: tuple[str, ...], other: np.ndarray) -> np.ndarray:
    """Capital, hubs and abroad have their own shares; the rest is spread over the other cities.

    Some merchants stand in their account's own place: the others are nearer to the capital, so that shares hold.
    """
    alpha, beta = marginals.OWN_PLACE_BETA
    usual = beta / (alpha + beta)
    foreign = len(marginals.FOREIGN_PLACES)
    steps = np.empty((len(CATEGORIES), len(names)))
    for row, category in enumerate(CATEGORIES):
        shape = marginals.CATEGORY_SHAPES[category]
        own = np.zeros(len(names))
        own[names.index(marginals.CAPITAL)] = shape.capital / usual
        for name, share in shape.hubs:
            own[names.index(name)] += share / usual
        own[-foreign:] = shape.abroad / foreign
        steps[row] = np.cumsum(own + max(0.02, 1.0 - own.sum()) * other)
        steps[row] /= steps[row, -1]
    return (steps + np.arange(len(CATEGORIES))[:, None]).ravel()
