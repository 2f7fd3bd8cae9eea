"""gate.yaml: what is left out or can't be a bound is an error, never a criterion less."""

import copy
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from labeler.errors import InputInvalidError
from labeler.experiment.evaluation.criteria import SpeedCriteria, read_criteria
from labeler.experiment.params import read_params
from labeler.transactions import task
from tests.architecture.source import ROOT
from tests.unit.experiment.evaluation_examples import CATEGORIES, CRITERIA, criteria

Place = tuple[str, ...]


def places(section: dict[str, Any], above: Place = ()) -> Iterator[Place]:
    """Of every key, sections too; which categories have a bound is free."""
    for name, value in section.items():
        yield (*above, name)
        if isinstance(value, dict) and name != "min_category_f1":
            yield from places(value, (*above, name))


PLACES = list(places(CRITERIA))


def at(section: dict[str, Any], place: Place) -> Any:
    for name in place:
        section = section[name]
    return section


BOUNDS = [place for place in PLACES if not isinstance(at(CRITERIA, place), dict)]
BOUNDS.append(("later", "min_category_f1", "FOOD"))


def refusal(path: Path, content: dict[str, Any], categories: tuple[str, ...] = CATEGORIES) -> str:
    text = io.StringIO()
    YAML().dump(content, text)
    path.write_text(text.getvalue(), encoding="utf-8")
    with pytest.raises(InputInvalidError) as refused:
        read_criteria(path, categories)
    assert str(path) in refused.value.message
    return refused.value.message


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "gate.yaml"


@pytest.fixture
def content() -> dict[str, Any]:
    return copy.deepcopy(CRITERIA)


@pytest.mark.parametrize("place", PLACES, ids=".".join)
def test_a_missing_key_is_named(path: Path, content: dict[str, Any], place: Place) -> None:
    del at(content, place[:-1])[place[-1]]

    assert re.search(rf"(: |; ){'.'.join(place)}: [Ff]ield required", refusal(path, content))


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf"), "many", None], ids=str)
@pytest.mark.parametrize("place", BOUNDS, ids=".".join)
def test_a_value_that_is_no_finite_number_is_refused_by_its_key(
    path: Path, content: dict[str, Any], place: Place, value: Any
) -> None:
    """A comparison with NaN is always false, one with infinity always true: neither judges anything."""
    at(content, place[:-1])[place[-1]] = value

    assert f"{'.'.join(place)}: " in refusal(path, content)


@pytest.mark.parametrize("section", [(), *[place for place in PLACES if place not in BOUNDS]], ids=".".join)
def test_an_unknown_key_is_refused(path: Path, content: dict[str, Any], section: Place) -> None:
    if section == ("later", "min_category_f1"):
        return
    at(content, section)["min_macro_f2"] = 0.9

    assert ".".join((*section, "min_macro_f2")) in refusal(path, content)


def test_a_category_unknown_to_the_task_is_refused(path: Path, content: dict[str, Any]) -> None:
    content["later"]["min_category_f1"] = {"FOOD": 0.4, "FUD": 0.4, "BAAR": 0.1}

    assert "later.min_category_f1: the task has no category BAAR, FUD" in refusal(path, content)


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("later", "min_macro_f1"), 1.5),
        (("later", "max_calibration_error"), -0.1),
        (("later", "max_log_loss"), 0),
        (("later", "min_category_rows"), 0),
        (("later", "min_accuracy_of_surest", "share"), 0),
        (("unseen", "min_accuracy_above_majority"), -2),
        (("champion", "max_accuracy_loss"), -0.01),
        (("speed", "max_workers"), 0),
        (("speed", "used_share"), 1.1),
        (("speed", "other_us_per_file"), -1),
    ],
)
def test_an_out_of_range_bound_is_refused(path: Path, content: dict[str, Any], place: Place, value: float) -> None:
    at(content, place[:-1])[place[-1]] = value

    assert f"{'.'.join(place)}: " in refusal(path, content)


@pytest.mark.parametrize("text", ["", "- a list", "later: [", "later: 1"])
def test_a_malformed_file_is_refused_by_its_path(path: Path, text: str) -> None:
    path.write_text(text)

    with pytest.raises(InputInvalidError, match=re.escape(str(path))):
        read_criteria(path, CATEGORIES)


def test_a_missing_file_is_reported_as_unreadable(path: Path) -> None:
    with pytest.raises(InputInvalidError, match="can't be read"):
        read_criteria(path, CATEGORIES)


def speed(**changed: Any) -> SpeedCriteria:
    return criteria(speed=changed).speed


AMOUNTS = {
    "files_per_day": st.integers(1, 10**8),
    "rows_per_file": st.floats(1, 1e4),
    "deadline_s": st.floats(1, 1e5),
    "max_workers": st.integers(1, 1000),
    "used_share": st.floats(0.01, 1),
    "other_us_per_file": st.floats(0, 1e5),
}


@given(st.fixed_dictionaries(AMOUNTS))
def test_a_model_that_uses_the_whole_budget_finishes_the_day_exactly_at_the_deadline(amounts: dict[str, Any]) -> None:
    us_per_file = amounts["rows_per_file"] * speed(**amounts).available_us_per_row + amounts["other_us_per_file"]
    workers_s = amounts["deadline_s"] * amounts["max_workers"] * amounts["used_share"]

    assert amounts["files_per_day"] * us_per_file / 1e6 == pytest.approx(workers_s, rel=1e-6, abs=1)


def test_the_budget_is_the_smaller_of_what_the_deadline_leaves_and_the_allowed_maximum() -> None:
    assert (speed().available_us_per_row, speed().budget_us_per_row) == (pytest.approx(40), 5)
    tight = speed(max_workers=1, other_us_per_file=100)
    assert (tight.available_us_per_row, tight.budget_us_per_row) == (pytest.approx(4), pytest.approx(4))


def test_the_repository_s_criteria_fit_the_repository_s_parameters() -> None:
    repository_criteria = read_criteria(ROOT / "gate.yaml", task.categories)
    rule = read_params(ROOT / "params.yaml").evaluation

    assert repository_criteria.later.min_accuracy_of_surest.share in rule.coverage_shares
    assert repository_criteria.later.min_category_f1
    assert repository_criteria.speed.available_us_per_row == pytest.approx(
        (1800 * 200 * 0.6 * 1e6 / 3_000_000 - 1500) / 170
    )
    assert repository_criteria.speed.budget_us_per_row == repository_criteria.speed.max_us_per_row
