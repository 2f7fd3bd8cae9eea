"""Candidates and majority on the same rows: the bundles that were trained, as a worker loads them."""

import hashlib
import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, f1_score, log_loss

from labeler.experiment.files import read_record
from labeler.experiment.scores import Evaluation
from labeler.messages import ModelPin
from labeler.models.bundle import load
from labeler.models.predict import predict
from tests.integration.experiment.evaluation.toy_rows import rows
from tests.integration.experiment.planned import CATEGORIES, DIGEST, NAMES
from tests.integration.experiment.toy_experiment import ToyExperiment


def test_evaluate_writes_scores_headlines_and_plots(trained: ToyExperiment, evaluation: Evaluation) -> None:
    folder = trained.files.evaluation.parent
    kept = json.loads(trained.files.metrics.read_bytes())

    assert read_record(Evaluation, trained.files.evaluation, step="evaluate") == evaluation
    assert {path.name for path in folder.iterdir()} == {
        "evaluation.json", "coverage.png", "calibration.png", "speed.png", "held_out",
        *(f"confusion_{name}.png" for name in NAMES)
    }  # fmt: skip
    assert set(kept["candidates"]) == set(NAMES)
    for one in evaluation.candidates:
        headline = kept["candidates"][one.name]
        assert headline["later_accuracy"] == pytest.approx(one.later.score.accuracy, abs=1e-6)
        assert headline["unseen_accuracy"] == pytest.approx(one.unseen.score.accuracy if one.unseen else None, abs=1e-6)
        assert headline["us_per_row"] == 1.0
    assert kept["champion"] is None
    assert kept["majority"]["later_accuracy"] == pytest.approx(evaluation.majority_later.accuracy, abs=1e-6)


def test_scores_are_those_of_the_trained_bundles_as_a_worker_predicts_with_them(
    trained: ToyExperiment, evaluation: Evaluation
) -> None:
    assert [one.name for one in evaluation.candidates] == NAMES
    for one in evaluation.candidates:
        body = trained.files.bundle(one.name).read_bytes()
        assert (one.sha256, one.size_bytes) == (hashlib.sha256(body).hexdigest(), len(body))
        pin = ModelPin(name="m", version="1", key="a", sha256=one.sha256, features_digest=DIGEST)
        model = load(body, pin, features_digest=DIGEST)
        for part, split_score in (("later", one.later), ("unseen", one.unseen)):
            matrix, ground_truth = rows(trained)[part]
            predicted = [model.categories[code] for code in predict(model, matrix, block_rows=50).label]
            assert split_score is not None
            assert split_score.score.rows == len(ground_truth)
            assert split_score.score.accuracy == pytest.approx(accuracy_score(ground_truth, predicted))
            assert split_score.score.macro_f1 == pytest.approx(f1_score(ground_truth, predicted, average="macro"))
            probability = np.clip(model.classifier.predict_proba(matrix), 1e-7, 1)
            right = probability[np.arange(len(ground_truth)), [CATEGORIES.index(name) for name in ground_truth]]
            assert split_score.score.log_loss == pytest.approx(-np.log(right).mean())


def test_trained_models_are_clearly_above_the_majority(evaluation: Evaluation) -> None:
    for one in evaluation.candidates:
        gain = one.later.against_majority.accuracy
        assert gain.difference == pytest.approx(one.later.score.accuracy - evaluation.majority_later.accuracy)
        assert 0 < gain.low < gain.difference < gain.high
        assert one.later.against_champion is None


def test_the_majority_baseline_equals_the_counts_of_the_training_rows(
    trained: ToyExperiment, evaluation: Evaluation
) -> None:
    parts = rows(trained)
    counts = Counter(parts["train"][1])
    most, _ = counts.most_common(1)[0]
    shares = [[counts[name] / counts.total() for name in CATEGORIES]]

    assert (evaluation.majority_category, evaluation.rows_train) == (most, counts.total())
    for part, baseline in (("later", evaluation.majority_later), ("unseen", evaluation.majority_unseen)):
        ground_truth = parts[part][1]
        share = ground_truth.count(most) / len(ground_truth)
        assert baseline is not None
        assert baseline.accuracy == pytest.approx(share)
        assert baseline.macro_f1 == pytest.approx(2 * share / (1 + share) / len(set(ground_truth)))
        assert baseline.log_loss == pytest.approx(
            log_loss(ground_truth, shares * len(ground_truth), labels=list(CATEGORIES))
        )


def contents(toys: ToyExperiment) -> dict[Path, bytes]:
    folder = toys.files.evaluation.parent
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_evaluating_again_writes_the_same_files_and_removes_stale_plots(
    trained: ToyExperiment, evaluation: Evaluation, tmp_path: Path
) -> None:
    toys = trained.copied_to(tmp_path)
    before = contents(toys)
    toys.files.plot("confusion_gone_1").write_bytes(b"old")
    steps: list[str] = []

    assert toys.evaluated(progress=steps.append) == evaluation

    assert contents(toys) == before
    assert steps == ["champion", *NAMES, "plots"]
