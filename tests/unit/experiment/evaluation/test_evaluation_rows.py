"""What a model predicts for the held-out rows is what a worker would write."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from labeler.experiment.evaluation import evaluation_rows
from labeler.experiment.evaluation.evaluation_rows import Rows, predict_rows
from labeler.messages import ModelPin
from labeler.models.bundle import LoadedModel
from labeler.models.predict import predict
from tests.unit.experiment.evaluation.predictions import CATEGORIES, few

PIN = ModelPin(name="m", version="1", key="models/a.tar", sha256="a" * 64, features_digest="f")


class Echo:
    """Its features are its probabilities."""

    def predict_proba(self, matrix: np.ndarray) -> np.ndarray:
        return matrix.astype(np.float64)


@few
@given(hnp.arrays(np.float32, st.tuples(st.integers(1, 40), st.just(3)), elements=st.sampled_from([0, 0.25, 0.5, 1])))
def test_labels_and_confidences_equal_those_that_a_worker_writes(matrix: np.ndarray) -> None:
    classes, ground_truth = ("B", "C", "E"), np.zeros(len(matrix), np.int32)
    written = predict(LoadedModel(Echo(), classes, PIN), matrix, block_rows=7)

    evaluated = predict_rows(Echo(), classes, Rows(matrix, ground_truth, ground_truth), CATEGORIES)

    assert [CATEGORIES[code] for code in evaluated.predicted] == [classes[code] for code in written.label]
    assert evaluated.confidence.tolist() == written.confidence.tolist()
    assert evaluated.confidence.dtype == written.confidence.dtype


def test_predictions_do_not_depend_on_the_block_size(monkeypatch: pytest.MonkeyPatch) -> None:
    matrix = np.random.default_rng(1).dirichlet(np.ones(3), 20).astype(np.float32)
    rows = Rows(matrix, np.arange(20, dtype=np.int32) % 5, np.zeros(20, np.int32))
    whole = predict_rows(Echo(), ("B", "C", "E"), rows, CATEGORIES)
    monkeypatch.setattr(evaluation_rows, "BLOCK_ROWS", 6)

    parts = predict_rows(Echo(), ("B", "C", "E"), rows, CATEGORIES)

    assert parts.unknown_rows == whole.unknown_rows == 8
    for name in ("predicted", "confidence", "ground_truth_probability"):
        assert getattr(parts, name).tolist() == getattr(whole, name).tolist()
