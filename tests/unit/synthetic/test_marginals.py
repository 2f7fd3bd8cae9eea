"""Synthetic statements have the marginals of the real ones, and habits that a model can learn."""

import re
from collections import Counter, defaultdict

import numpy as np
import pytest

from labeler.transactions.categories import CATEGORIES
from labeler_local.synthetic import generate
from labeler_local.synthetic.marginals import CATEGORIES_WITHOUT_AMOUNT, CATEGORY_SHAPES
from labeler_local.synthetic.rows import BATCH


@pytest.fixture(scope="module")
def bodies() -> list[bytes]:
    return [body for _, body in generate(accounts=6 * BATCH, seed=7, with_labels=True)]


@pytest.fixture(scope="module")
def rows(bodies: list[bytes]) -> list[list[str]]:
    return [line.split(";") for body in bodies for line in body.decode("mac_roman").split("\r\n")[1:-1]]


@pytest.fixture(scope="module")
def amounts(rows: list[list[str]]) -> dict[str, np.ndarray]:
    """BRL, by category."""
    values_of: dict[str, list[float]] = defaultdict(list)
    for row in rows:
        if row[9] != " -   ":
            values_of[row[10]].append(float(row[9].replace(".", "").replace(",", ".")))
    return {category: np.array(values) for category, values in values_of.items()}


def share(values: list[bool]) -> float:
    return sum(values) / len(values)


def test_rows_per_account_match_the_real_distribution(bodies: list[bytes]) -> None:
    lengths = np.array([body.count(b"\r\n") - 1 for body in bodies])
    assert lengths.min() >= 20
    assert lengths.max() <= 700
    assert lengths.mean() == pytest.approx(170, rel=0.06)
    assert np.median(lengths) == pytest.approx(118, rel=0.1)
    assert sum(map(len, bodies)) / len(bodies) == pytest.approx(17_000, rel=0.06)


def test_category_shares_match_the_measured_ones(rows: list[list[str]]) -> None:
    counts = Counter(row[10] for row in rows)
    assert set(counts) == set(CATEGORIES) == set(CATEGORY_SHAPES)
    for category, shape in CATEGORY_SHAPES.items():
        # accounts differ a lot: a category's share varies more than independent rows would
        tolerance = max(0.1 * shape.share, 3 * (shape.share / len(rows) * 60) ** 0.5)
        assert counts[category] / len(rows) == pytest.approx(shape.share, abs=tolerance), category


def test_amounts_match_the_measured_distribution(amounts: dict[str, np.ndarray]) -> None:
    for category, shape in CATEGORY_SHAPES.items():
        if category in CATEGORIES_WITHOUT_AMOUNT:
            assert category not in amounts
            continue
        rel = 0.15 if len(amounts[category]) > 1000 else 0.6
        assert np.median(amounts[category]) == pytest.approx(shape.median, rel=rel), category
    assert np.log(amounts["SERVIÇO"]).mean() == pytest.approx(3.0, abs=0.12)
    assert np.log(amounts["RESTAURANTE"]).std() == pytest.approx(1.34, abs=0.12)
    restaurant = (amounts["RESTAURANTE"] * 100).round() % 100
    assert share(list(restaurant == 0)) == pytest.approx(0.30, abs=0.04)
    assert share(list(restaurant == 90)) == pytest.approx(0.16, abs=0.05)


def test_missing_values_and_odd_places_match_the_measured_rates(rows: list[list[str]]) -> None:
    assert share([row[9] == " -   " for row in rows]) == pytest.approx(0.0037, abs=0.0015)
    assert share([row[12] == "" for row in rows]) == pytest.approx(0.0056, abs=0.002)
    assert share([bool(re.search(r"\d|\.", row[11])) for row in rows]) == pytest.approx(0.008, abs=0.002)
    assert share([bool(re.search(r"[a-z]", row[11])) for row in rows]) == pytest.approx(0.023, abs=0.01)
    assert share([row[11] == "SAO PAULO" for row in rows]) == pytest.approx(0.686, abs=0.04)
    assert share([row[12] not in {"BR", ""} for row in rows]) == pytest.approx(0.0062, abs=0.003)
    assert max(len(row[11]) for row in rows) == 13


def test_account_habits_help_a_model_but_do_not_decide(bodies: list[bytes]) -> None:
    own, everybody = [], Counter[str]()
    for body in bodies:
        labels = Counter(line.split(";")[10] for line in body.decode("mac_roman").split("\r\n")[1:-1])
        own.append(labels.most_common(1)[0][1])
        everybody += labels
    gain = (sum(own) - everybody.most_common(1)[0][1]) / everybody.total()
    assert 0.04 < gain < 0.15  # the real accounts: 0.47 against 0.38


def test_some_purchases_recur_with_the_same_amount(bodies: list[bytes]) -> None:
    recurring = total = 0
    for body in bodies[:300]:
        purchases = Counter(tuple(line.split(b";")[9:12]) for line in body.split(b"\r\n")[1:-1])
        recurring += sum(count for count in purchases.values() if count >= 3)
        total += purchases.total()
    assert recurring / total == pytest.approx(0.17, abs=0.05)
