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
from tests.unit.experiment.judged import CATEGORIES, CRITERIA, criteria

Place = tuple[str, ...]


def places(found: dict[str, Any], above: Place = ()) -> Iterator[Place]:
    """Of every key, sections too; which categories have a bound is free."""
    for name, value in found.items():
        yield (*above, name)
        if isinstance(value, dict) and name != "min_category_f1":
            yield from places(value, (*above, name))


PLACES = list(places(CRITERIA))


def at(found: dict[str, Any], place: Place) -> Any:
    for name in place:
        found = found[name]
    return found


BOUNDS = [place for place in PLACES if not isinstance(at(CRITERIA, place), dict)]
BOUNDS.append(("later", "min_category_f1", "FOOD"))


def refusal(path: Path, found: dict[str, Any], categories: tuple[str, ...] = CATEGORIES) -> str:
    text = io.StringIO()
    YAML().dump(found, text)
    path.write_text(text.getvalue(), encoding="utf-8")
    with pytest.raises(InputInvalidError) as refused:
        read_criteria(path, categories)
    assert str(path) in refused.value.message
    return refused.value.message


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "gate.yaml"


@pytest.fixture
def found() -> dict[str, Any]:
    return copy.deepcopy(CRITERIA)


@pytest.mark.parametrize("place", PLACES, ids=".".join)
def test_a_key_that_is_left_out_is_named(path: Path, found: dict[str, Any], place: Place) -> None:
    del at(found, place[:-1])[place[-1]]

    assert re.search(rf"(: |; ){'.'.join(place)}: [Ff]ield required", refusal(path, found))


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf"), "many", None], ids=str)
@pytest.mark.parametrize("place", BOUNDS, ids=".".join)
def test_what_can_be_no_bound_is_refused_by_its_place(
    path: Path, found: dict[str, Any], place: Place, value: Any
) -> None:
    """A comparison with NaN is always false, one with infinity always true: neither judges anything."""
    at(found, place[:-1])[place[-1]] = value

    assert f"{'.'.join(place)}: " in refusal(path, found)


@pytest.mark.parametrize("section", [(), *[place for place in PLACES if place not in BOUNDS]], ids=".".join)
def test_a_key_that_nobody_reads_is_refused(path: Path, found: dict[str, Any], section: Place) -> None:
    if section == ("later", "min_category_f1"):
        return
    at(found, section)["min_macro_f2"] = 0.9

    assert ".".join((*section, "min_macro_f2")) in refusal(path, found)


def test_a_category_that_the_task_does_not_have_is_refused(path: Path, found: dict[str, Any]) -> None:
    found["later"]["min_category_f1"] = {"FOOD": 0.4, "FUD": 0.4, "BAAR": 0.1}

    assert "later.min_category_f1: the task has no category BAAR, FUD" in refusal(path, found)


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
def test_a_bound_out_of_its_range_is_refused(path: Path, found: dict[str, Any], place: Place, value: float) -> None:
    at(found, place[:-1])[place[-1]] = value

    assert f"{'.'.join(place)}: " in refusal(path, found)


@pytest.mark.parametrize("text", ["", "- a list", "later: [", "later: 1"])
def test_what_is_no_such_file_is_refused_by_its_name(path: Path, text: str) -> None:
    path.write_text(text)

    with pytest.raises(InputInvalidError, match=re.escape(str(path))):
        read_criteria(path, CATEGORIES)


def test_a_file_that_is_not_there_is_named(path: Path) -> None:
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
def test_with_a_model_at_the_budget_a_day_is_done_exactly_at_the_deadline(found: dict[str, Any]) -> None:
    us_per_file = found["rows_per_file"] * speed(**found).available_us_per_row + found["other_us_per_file"]
    workers_s = found["deadline_s"] * found["max_workers"] * found["used_share"]

    assert found["files_per_day"] * us_per_file / 1e6 == pytest.approx(workers_s, rel=1e-6, abs=1)


def test_the_budget_is_what_the_deadline_leaves_and_never_more_than_is_allowed() -> None:
    assert (speed().available_us_per_row, speed().budget_us_per_row) == (pytest.approx(40), 5)
    tight = speed(max_workers=1, other_us_per_file=100)
    assert (tight.available_us_per_row, tight.budget_us_per_row) == (pytest.approx(4), pytest.approx(4))


def test_the_repository_s_criteria_can_be_judged_with_the_repository_s_parameters() -> None:
    found = read_criteria(ROOT / "gate.yaml", task.categories)
    rule = read_params(ROOT / "params.yaml").evaluation

    assert found.later.min_accuracy_of_surest.share in rule.coverage_shares
    assert found.later.min_category_f1
    assert found.speed.available_us_per_row == pytest.approx((1800 * 200 * 0.6 * 1e6 / 3_000_000 - 1500) / 170)
    assert found.speed.budget_us_per_row == found.speed.max_us_per_row
