"""The sample of held-out rows that an evaluation leaves for monitoring."""

import numpy as np
import pytest

from labeler.experiment.evaluation import held_out
from labeler.experiment.scores import Evaluation
from labeler.messages import ModelPin
from labeler.models.bundle import load
from labeler.models.predict import predict
from labeler.monitoring.drift.samples import read_table
from tests.integration.experiment.evaluation.toy_rows import rows
from tests.integration.experiment.planned import CATEGORIES, DIGEST, NAMES
from tests.integration.experiment.toy_experiment import ToyExperiment


def sampled(toys: ToyExperiment, name: str) -> list[np.ndarray]:
    """Columns of a candidate's sample: features, label, confidence, weight."""
    table = read_table(toys.files.held_out_sample(name).read_bytes())
    return [np.array(column.to_pylist()) for column in table.columns]


def test_a_candidate_s_sample_contains_only_rows_it_was_not_trained_on(
    trained: ToyExperiment, evaluation: Evaluation
) -> None:
    parts = rows(trained)
    expected = np.concatenate([parts["later"][0], parts["unseen"][0]])
    assert {path.stem for path in trained.files.held_out.iterdir()} == set(NAMES)
    for one in evaluation.candidates:
        body = trained.files.bundle(one.name).read_bytes()
        pin = ModelPin(name="m", version="1", key="a", sha256=one.sha256, features_digest=DIGEST)
        predicted = predict(load(body, pin, features_digest=DIGEST), expected, block_rows=50)
        *columns, label, confidence, weight = sampled(trained, one.name)
        assert np.array_equal(np.column_stack(columns), expected)
        assert label.tolist() == [CATEGORIES[code] for code in predicted.label]
        assert np.array_equal(confidence, predicted.confidence)
        assert set(weight) == {1}


def test_a_large_sample_is_reduced_in_proportion_to_later_and_unseen_rows(
    toys: ToyExperiment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(held_out, "ROWS", 40)
    (toys.files.held_out / "gone.parquet").write_bytes(b"of a candidate that is no longer planned")
    toys.evaluated()
    parts = rows(toys)
    for name in NAMES:
        matrix = np.column_stack(sampled(toys, name)[:-3]).tolist()
        later, unseen = ([row.tolist() for row in parts[part][0]] for part in ("later", "unseen"))
        assert 38 <= len(matrix) <= 40
        shares = [sum(row in part for row in matrix) / len(matrix) for part in (later, unseen)]
        assert sum(shares) == pytest.approx(1)
        assert shares[0] == pytest.approx(len(later) / (len(later) + len(unseen)), abs=0.05)
    assert {path.stem for path in toys.files.held_out.iterdir()} == set(NAMES)
