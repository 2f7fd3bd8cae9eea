"""The step before the classifier: each group of columns as params.yaml says, and nothing fails on unknown codes."""

import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labeler.errors import InputInvalidError
from labeler.experiment.params import Preprocessing
from labeler.experiment.records import CandidateSpec
from labeler.experiment.training.preprocessing import MAX_COLUMNS_OF_A_CODE, pipeline, preprocessing_step
from tests.unit.experiment.coloured import GROUPS, LABELS, NAMES, ROWS, matrix

ENCODINGS = ("keep", "drop", "ordinal", "one_hot", "target")
SCALES = ("none", "standard", "quantile")


def fitted(groups: dict[str, str], scale: str = "none") -> Any:
    preprocessing = Preprocessing.model_validate({"groups": groups, "scale": scale})
    step = preprocessing_step(preprocessing, NAMES, GROUPS, seed=3)
    if step == "passthrough":
        return step
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # fewer rows than quantiles
        return step.fit(matrix(), LABELS)


def preprocessed(groups: dict[str, str], scale: str = "none") -> np.ndarray:
    return np.asarray(fitted(groups, scale).transform(matrix()))


def spec(preprocessing: Preprocessing) -> CandidateSpec:
    return CandidateSpec(
        name="net_1",
        family="logistic_regression",
        preparation_name="mixed",
        preparation=preprocessing,
        parameters={},
        seed=3,
    )


@pytest.mark.parametrize("groups", [{}, {"codes": "keep"}, {"codes": "keep", "calendar": "keep"}])
def test_keeping_all_columns_is_a_passthrough(groups: dict[str, str]) -> None:
    assert fitted(groups) == "passthrough"


def test_dropping_columns_keeps_the_others_in_order_as_float32() -> None:
    columns = preprocessed({"codes": "drop"})

    assert columns.dtype == np.float32
    assert np.array_equal(columns, matrix()[:, [0, 2, 4]])


def test_one_hot_has_a_column_for_each_code() -> None:
    columns = preprocessed({"codes": "one_hot"})
    place, shop = matrix()[:, 1], matrix()[:, 3]

    assert columns.dtype == np.float32
    assert np.array_equal(columns[:, :3], matrix()[:, [0, 2, 4]])
    assert np.array_equal(columns[:, 3:7], place[:, None] == np.arange(4))
    assert np.array_equal(columns[:, 7:], shop[:, None] == np.arange(10, 13))


def test_one_hot_of_thousands_of_codes_has_a_bounded_number_of_columns() -> None:
    values = np.repeat(matrix(1), 5000, axis=0)
    values[:, 1] = np.arange(5000) // 5
    step = preprocessing_step(Preprocessing(groups={"codes": "one_hot"}), NAMES, GROUPS, seed=3).fit(values)

    assert step.transform(values).shape == (5000, 3 + MAX_COLUMNS_OF_A_CODE + 1)


def test_ordinal_encodes_unknown_codes_as_minus_one() -> None:
    step = fitted({"codes": "ordinal"})
    row = matrix(1)
    row[0, [1, 3]] = 99, 12

    assert step.transform(row)[0, -2:].tolist() == [-1, 2]


def test_target_encodes_unknown_codes_by_category_shares_of_all_rows() -> None:
    step = fitted({"codes": "target", "calendar": "drop"})
    row = matrix(1)
    row[0, 1] = 99

    columns = step.transform(row)[0]

    assert columns.shape == (2 + 2 * 3,)
    shares = [np.mean(name == LABELS) for name in ("BLUE", "GREEN", "RED")]
    assert columns[2:5] == pytest.approx(shares, abs=1e-6)


def test_target_does_not_encode_a_training_row_by_its_own_label() -> None:
    """Each row has a code of its own: an encoder fitted on all rows would know every label."""
    values = matrix()
    values[:, 1] = np.arange(ROWS)
    step = preprocessing_step(Preprocessing(groups={"codes": "target", "calendar": "drop"}), NAMES, GROUPS, seed=3)

    encoded = step.fit_transform(values, LABELS)[:, 2:5]

    share_of_own_label = encoded[np.arange(ROWS), np.searchsorted(["BLUE", "GREEN", "RED"], LABELS)]
    assert share_of_own_label.max() < 0.6


@pytest.mark.parametrize("scale", ["standard", "quantile"])
def test_kept_columns_are_scaled_and_encoded_ones_are_not(scale: str) -> None:
    columns = preprocessed({"codes": "one_hot"}, scale)

    assert columns.dtype == np.float32
    assert columns[:, :3].mean(axis=0) == pytest.approx([0, 0, 0], abs=1e-5)
    assert columns[:, :3].std(axis=0) == pytest.approx([1, 1, 1], abs=1e-3)
    assert set(np.unique(columns[:, 3:]).tolist()) == {0.0, 1.0}


encodings = st.fixed_dictionaries({}, optional={name: st.sampled_from(ENCODINGS) for name in GROUPS})


@given(encodings, st.sampled_from(SCALES), st.integers(0, 10**6), st.floats(-1e6, 1e6, width=32))
@settings(max_examples=60, deadline=None)
def test_unknown_codes_never_fail_whatever_the_preprocessing(
    groups: dict[str, str], scale: str, code: int, value: float
) -> None:
    step = fitted(groups, scale)
    if step == "passthrough":
        return
    rows = matrix(3, seed=5)
    rows[:, [1, 3, 4]], rows[:, 0] = code, value

    columns = step.transform(rows)

    assert isinstance(columns, np.ndarray)
    assert len(columns) == 3
    assert np.isfinite(columns).all()
    assert np.array_equal(columns, fitted(groups, scale).transform(rows)), "fitted again it gives something else"


@given(encodings, st.sampled_from(SCALES))
@settings(max_examples=40, deadline=None)
def test_block_size_changes_nothing_whatever_the_preprocessing(groups: dict[str, str], scale: str) -> None:
    step = fitted(groups, scale)
    if step == "passthrough":
        return

    in_blocks = [step.transform(matrix()[start : start + 7]) for start in range(0, ROWS, 7)]

    assert np.array_equal(np.concatenate(in_blocks), step.transform(matrix()))


def test_unknown_feature_group_is_refused_with_the_known_ones() -> None:
    with pytest.raises(InputInvalidError) as refused:
        pipeline(spec(Preprocessing(groups={"colours": "one_hot"})), NAMES, GROUPS)

    message = str(refused.value)
    assert "candidate net_1: preparation mixed: the task has no feature group colours" in message
    assert "take one of calendar, codes" in message


def test_preprocessing_that_leaves_no_column_is_refused() -> None:
    with pytest.raises(InputInvalidError, match="leaves no column"):
        preprocessing_step(Preprocessing(groups={"all": "drop"}), NAMES, {"all": NAMES}, seed=1)


def test_pipeline_predicts_probabilities_of_the_matrix() -> None:
    model = pipeline(spec(Preprocessing(groups={"codes": "one_hot"}, scale="standard")), NAMES, GROUPS)

    probabilities = model.fit(matrix(), LABELS).predict_proba(matrix(5, seed=9))

    assert probabilities.shape == (5, 3)
    assert list(model.classes_) == ["BLUE", "GREEN", "RED"]


def test_target_encoding_fitted_twice_predicts_the_same() -> None:
    preprocessing = Preprocessing(groups={"codes": "target"}, scale="standard")

    predictions = [
        pipeline(spec(preprocessing), NAMES, GROUPS).fit(matrix(), LABELS).predict_proba(matrix()) for _ in range(2)
    ]

    assert np.array_equal(*predictions)
