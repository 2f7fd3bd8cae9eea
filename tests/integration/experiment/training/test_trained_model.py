"""A candidate is fitted on the training rows only, and what MLflow holds is byte for byte what a run uses."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from labeler.experiment.data.dataset import load_dataset
from labeler.experiment.data.split import split_rows
from labeler.experiment.files import ExperimentFiles
from labeler.experiment.training.logged_models import register_model
from labeler.experiment.training.preprocessing import pipeline
from labeler.models import registry as names
from labeler.models.artifacts import copy_model_to_runs
from labeler.models.registry import connect
from tests.champion import unpacked
from tests.integration.experiment.planned import DIGEST, TASK, params, planned
from tests.integration.experiment.training.trained import served, trained

if TYPE_CHECKING:
    from labeler_local.emulator.stack import LocalStack


def test_run_records_parameters_metrics_data_and_parent(files: ExperimentFiles, registry: str) -> None:
    plan = planned(files, registry)
    one = trained(files, registry, "trees_2")[0]

    run = connect(registry).get_run(one.run_id)

    assert (run.info.status, run.info.run_name) == ("FINISHED", "trees_2")
    assert run.data.tags["mlflow.parentRunId"] == plan.parent_run_id
    tags = {names.EXPERIMENT_TAG: plan.experiment_id, names.CANDIDATE_TAG: "trees_2", names.DATA_TAG: "a" * 64}
    tags |= {names.SPLIT_TAG: str(plan.split), names.FEATURES_DIGEST_TAG: DIGEST, names.TASK_TAG: "toy"}
    assert tags.items() <= run.data.tags.items()
    assert run.data.params == {
        "family": "extra_trees",
        "preparation": "bare",
        "group.useless": "drop",
        "scale": "none",
        "seed": "5",
        "n_estimators": "5",
        "max_depth": "4",
    }
    assert run.data.metrics["rows_train"] == one.rows
    assert run.data.metrics["size_bytes"] == one.size_bytes
    assert run.data.metrics["fit_s"] == one.fit_s
    assert [used.dataset.digest for used in run.inputs.dataset_inputs] == ["a" * 36]


def test_model_has_signature_packages_and_an_example_that_is_no_row(
    files: ExperimentFiles, registry: str, tmp_path: Path
) -> None:
    from mlflow.models import Model

    planned(files, registry)
    trained(files, registry, "linear_1")
    rows = load_dataset(files, max_rows=10_000).matrix

    directory = unpacked(files.bundle("linear_1").read_bytes(), tmp_path / "model")

    model = Model.load(str(directory))
    signature = model.signature.to_dict()
    assert '"dtype": "float32", "shape": [-1, 3]' in signature["inputs"]
    assert '"shape": [-1, 3]' in signature["outputs"]
    assert model.metadata[names.FEATURES_DIGEST_TAG] == DIGEST
    assert model.flavors["sklearn"]["serialization_format"] == "skops"
    example = np.array(json.loads((directory / "input_example.json").read_text()), np.float32)
    assert example.shape == (3, 3)
    assert not any((rows == row).all(axis=1).any() for row in example)
    required = (directory / "requirements.txt").read_text().split()
    assert {line.partition("==")[0] for line in required} == {"mlflow", "scikit-learn", "skops", "numpy", "pandas"}
    assert all("==" in line for line in required)


def test_model_is_fitted_on_the_training_rows_only(files: ExperimentFiles, registry: str) -> None:
    plan = planned(files, registry)
    dataset = load_dataset(files, max_rows=10_000)
    split = split_rows(dataset, plan.split)
    labels = np.array(dataset.categories)[dataset.label]

    for one in trained(files, registry):
        by_hand = pipeline(one.spec, TASK.feature_names, TASK.feature_groups)
        by_hand.fit(dataset.matrix[split.train], labels[split.train])
        probabilities = served(files, one).classifier.predict_proba(dataset.matrix)
        assert one.rows == split.train.sum()
        assert np.allclose(probabilities, by_hand.predict_proba(dataset.matrix), atol=1e-6)


def test_thread_count_does_not_change_the_model_which_predicts_with_one(files: ExperimentFiles, registry: str) -> None:
    planned(files, registry)
    rows = load_dataset(files, max_rows=10_000).matrix
    alone = served(files, trained(files, registry, "trees_1")[0])
    files.candidate("trees_1").unlink()

    shared = served(files, trained(files, registry, "trees_1", threads=2)[0])

    assert np.array_equal(alone.classifier.predict_proba(rows), shared.classifier.predict_proba(rows))
    assert shared.classifier.named_steps["classify"].n_jobs == 1


def test_run_uses_exactly_the_trained_bundle(stack: "LocalStack", files: ExperimentFiles, registry: str) -> None:
    """MLflow adds nothing to a model when it is registered, nor when it is downloaded in another way."""
    planned(files, registry)
    for one in trained(files, registry):
        tags = {names.FEATURES_DIGEST_TAG: DIGEST, names.SHA256_TAG: one.sha256}
        version = register_model(registry, "toys", one.model_uri, run_id=one.run_id, tags=tags)

        pin = copy_model_to_runs(registry, "toys", version, stack.runs)

        assert pin.sha256 == one.sha256
        assert stack.runs.get(pin.key) == files.bundle(one.spec.name).read_bytes()


def test_convergence_warning_is_tagged_on_the_run(files: ExperimentFiles, registry: str) -> None:
    short = {"family": "mlp", "preparation": ["plain"], "parameters": {"max_iter": 2}}
    planned(files, registry, params(candidates={"net": short}))

    one = trained(files, registry)[0]

    assert connect(registry).get_run(one.run_id).data.tags["labeler.warnings"] == "ConvergenceWarning"
