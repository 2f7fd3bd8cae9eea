"""What stands in front of a classifier: each group of columns as params.yaml says, and nothing fails on unknown codes."""

import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labeler.errors import InputInvalidError
from labeler.experiment.params import Preparation
from labeler.experiment.records import CandidateSpec
from labeler.experiment.training.preprocessing import MAX_COLUMNS_OF_A_CODE, pipeline, preparation_step
from tests.unit.experiment.coloured import GROUPS, LABELS, NAMES, ROWS, matrix

ENCODINGS = ("keep", "drop", "ordinal", "one_hot", "target")
SCALES = ("none", "standard", "quantile")


def fitted(groups: dict[str, str], scale: str = "none") -> Any:
    preparation = Preparation.model_validate({"groups": groups, "scale": scale})
    step = preparation_step(preparation, NAMES, GROUPS, seed=3)
    if step == "passthrough":
        return step
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # fewer rows than quantiles
        return step.fit(matrix(), LABELS)


def prepared(groups: dict[str, str], scale: str = "none") -> np.ndarray:
    return np.asarray(fitted(groups, scale).transform(matrix()))


def spec(preparation: Preparation) -> CandidateSpec:
    return CandidateSpec(
        name="net_1",
        family="logistic_regression",
        preparation_name="mixed",
        preparation=preparation,
        parameters={},
        seed=3,
    )


@pytest.mark.parametrize("groups", [{}, {"codes": "keep"}, {"codes": "keep", "calendar": "keep"}])
def test_keeping_everything_costs_nothing(groups: dict[str, str]) -> None:
    assert fitted(groups) == "passthrough"


def test_dropped_columns_are_gone_and_the_others_stay_in_order_and_in_float32() -> None:
    found = prepared({"codes": "drop"})

    assert found.dtype == np.float32
    assert np.array_equal(found, matrix()[:, [0, 2, 4]])


def test_one_hot_has_a_column_for_each_code() -> None:
    found = prepared({"codes": "one_hot"})
    place, shop = matrix()[:, 1], matrix()[:, 3]

    assert found.dtype == np.float32
    assert np.array_equal(found[:, :3], matrix()[:, [0, 2, 4]])
    assert np.array_equal(found[:, 3:7], place[:, None] == np.arange(4))
    assert np.array_equal(found[:, 7:], shop[:, None] == np.arange(10, 13))


def test_one_hot_of_thousands_of_codes_stays_narrow() -> None:
    values = np.repeat(matrix(1), 5000, axis=0)
    values[:, 1] = np.arange(5000) // 5
    step = preparation_step(Preparation(groups={"codes": "one_hot"}), NAMES, GROUPS, seed=3).fit(values)

    assert step.transform(values).shape == (5000, 3 + MAX_COLUMNS_OF_A_CODE + 1)


def test_ordinal_numbers_codes_and_an_unknown_one_is_minus_one() -> None:
    step = fitted({"codes": "ordinal"})
    row = matrix(1)
    row[0, [1, 3]] = 99, 12

    assert step.transform(row)[0, -2:].tolist() == [-1, 2]


def test_target_is_a_share_of_each_category_and_an_unknown_code_gets_that_of_all_rows() -> None:
    step = fitted({"codes": "target", "calendar": "drop"})
    row = matrix(1)
    row[0, 1] = 99

    found = step.transform(row)[0]

    assert found.shape == (2 + 2 * 3,)
    shares = [np.mean(name == LABELS) for name in ("BLUE", "GREEN", "RED")]
    assert found[2:5] == pytest.approx(shares, abs=1e-6)


def test_a_training_row_is_not_encoded_by_its_own_label() -> None:
    """Each row has a code of its own: whoever learnt from all rows would know every label."""
    values = matrix()
    values[:, 1] = np.arange(ROWS)
    step = preparation_step(Preparation(groups={"codes": "target", "calendar": "drop"}), NAMES, GROUPS, seed=3)

    found = step.fit_transform(values, LABELS)[:, 2:5]

    of_truth = found[np.arange(ROWS), np.searchsorted(["BLUE", "GREEN", "RED"], LABELS)]
    assert of_truth.max() < 0.6


@pytest.mark.parametrize("scale", ["standard", "quantile"])
def test_kept_columns_are_scaled_and_encoded_ones_are_not(scale: str) -> None:
    found = prepared({"codes": "one_hot"}, scale)

    assert found.dtype == np.float32
    assert found[:, :3].mean(axis=0) == pytest.approx([0, 0, 0], abs=1e-5)
    assert found[:, :3].std(axis=0) == pytest.approx([1, 1, 1], abs=1e-3)
    assert set(np.unique(found[:, 3:]).tolist()) == {0.0, 1.0}


settled = st.fixed_dictionaries({}, optional={name: st.sampled_from(ENCODINGS) for name in GROUPS})


@given(settled, st.sampled_from(SCALES), st.integers(0, 10**6), st.floats(-1e6, 1e6, width=32))
@settings(max_examples=60, deadline=None)
def test_whatever_the_preparation_codes_that_nobody_saw_never_fail(
    groups: dict[str, str], scale: str, code: int, value: float
) -> None:
    step = fitted(groups, scale)
    if step == "passthrough":
        return
    rows = matrix(3, seed=5)
    rows[:, [1, 3, 4]], rows[:, 0] = code, value

    found = step.transform(rows)

    assert isinstance(found, np.ndarray)
    assert len(found) == 3
    assert np.isfinite(found).all()
    assert np.array_equal(found, fitted(groups, scale).transform(rows)), "fitted again it says something else"


@given(settled, st.sampled_from(SCALES))
@settings(max_examples=40, deadline=None)
def test_whatever_the_preparation_the_size_of_the_blocks_changes_nothing(groups: dict[str, str], scale: str) -> None:
    step = fitted(groups, scale)
    if step == "passthrough":
        return

    in_blocks = [step.transform(matrix()[start : start + 7]) for start in range(0, ROWS, 7)]

    assert np.array_equal(np.concatenate(in_blocks), step.transform(matrix()))


def test_a_group_that_the_task_does_not_have_is_refused_with_those_that_it_has() -> None:
    with pytest.raises(InputInvalidError) as refused:
        pipeline(spec(Preparation(groups={"colours": "one_hot"})), NAMES, GROUPS)

    said = str(refused.value)
    assert "candidate net_1: preparation mixed: the task has no feature group colours" in said
    assert "take one of calendar, codes" in said


def test_a_preparation_that_leaves_no_column_is_refused() -> None:
    with pytest.raises(InputInvalidError, match="leaves no column"):
        preparation_step(Preparation(groups={"all": "drop"}), NAMES, {"all": NAMES}, seed=1)


def test_the_pipeline_takes_the_matrix_and_tells_probabilities() -> None:
    model = pipeline(spec(Preparation(groups={"codes": "one_hot"}, scale="standard")), NAMES, GROUPS)

    found = model.fit(matrix(), LABELS).predict_proba(matrix(5, seed=9))

    assert found.shape == (5, 3)
    assert list(model.classes_) == ["BLUE", "GREEN", "RED"]


def test_fitted_again_a_model_with_target_encoding_says_the_same() -> None:
    preparation = Preparation(groups={"codes": "target"}, scale="standard")

    said = [pipeline(spec(preparation), NAMES, GROUPS).fit(matrix(), LABELS).predict_proba(matrix()) for _ in range(2)]

    assert np.array_equal(*said)
