"""Candidates learn from the training rows only, and what is logged is byte for byte what is judged and staged."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from labeler.errors import InputInvalidError, PermanentError, ServiceUnavailableError
from labeler.experiment.data.dataset import load_dataset
from labeler.experiment.data.split import split_rows
from labeler.experiment.files import ExperimentFiles, read_record
from labeler.experiment.records import TrainedCandidate
from labeler.experiment.training import plan as planning
from labeler.experiment.training import tracking
from labeler.experiment.training.preprocessing import pipeline
from labeler.experiment.training.tracking import register_model
from labeler.experiment.training.train import train
from labeler.messages import ModelPin
from labeler.models import registry as names
from labeler.models.bundle import LoadedModel, load
from labeler.models.registry import connect, stage_champion
from tests.champion import unpacked
from tests.integration.experiment.planned import (
    CANDIDATES,
    CATEGORIES,
    DIGEST,
    NAMES,
    TASK,
    params,
    planned,
    prepare,
)

if TYPE_CHECKING:
    from labeler_local.emulator.stack import LocalStack

ROOT = Path(__file__).resolve().parents[4]


@pytest.fixture
def files(tmp_path: Path) -> ExperimentFiles:
    return prepare(tmp_path / "experiment")


def trained(files: ExperimentFiles, registry: str, *only: str, **options: Any) -> tuple[TrainedCandidate, ...]:
    return train(files, **{"task": TASK, "registry_uri": registry, "names": only or None, **options})


def served(files: ExperimentFiles, candidate: TrainedCandidate) -> LoadedModel:
    body = files.bundle(candidate.spec.name).read_bytes()
    pin = ModelPin(name="m", version="1", key="a", sha256=candidate.sha256, features_digest=DIGEST)
    return load(body, pin, features_digest=DIGEST)


def test_every_planned_candidate_has_bundle_record_and_run(files: ExperimentFiles, registry: str) -> None:
    plan = planned(files, registry)
    heard: list[str] = []

    found = trained(files, registry, progress=heard.append)

    assert [one.spec for one in found] == list(plan.candidates)
    assert heard == NAMES
    for one in found:
        body = files.bundle(one.spec.name).read_bytes()
        assert one == read_record(TrainedCandidate, files.candidate(one.spec.name), step="train")
        assert (one.sha256, one.size_bytes) == (hashlib.sha256(body).hexdigest(), len(body))
        assert served(files, one).categories == CATEGORIES
    assert len({one.run_id for one in found}) == 3
    assert [path.name for path in files.directory.rglob(".*")] == []


def test_run_records_parameters_metrics_data_and_parent(files: ExperimentFiles, registry: str) -> None:
    plan = planned(files, registry)
    one = trained(files, registry, "trees_2")[0]

    run = connect(registry).get_run(one.run_id)

    assert (run.info.status, run.info.run_name) == ("FINISHED", "trees_2")
    assert run.data.tags["mlflow.parentRunId"] == plan.parent_run_id
    wanted = {names.EXPERIMENT_TAG: plan.experiment_id, names.CANDIDATE_TAG: "trees_2", names.DATA_TAG: "a" * 64}
    wanted |= {names.SPLIT_TAG: str(plan.split), names.FEATURES_DIGEST_TAG: DIGEST, names.TASK_TAG: "toy"}
    assert wanted.items() <= run.data.tags.items()
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
        said = served(files, one).classifier.predict_proba(dataset.matrix)
        assert one.rows == split.train.sum()
        assert np.allclose(said, by_hand.predict_proba(dataset.matrix), atol=1e-6)


def test_thread_count_does_not_change_the_model_which_predicts_with_one(files: ExperimentFiles, registry: str) -> None:
    planned(files, registry)
    rows = load_dataset(files, max_rows=10_000).matrix
    alone = served(files, trained(files, registry, "trees_1")[0])
    files.candidate("trees_1").unlink()

    shared = served(files, trained(files, registry, "trees_1", threads=2)[0])

    assert np.array_equal(alone.classifier.predict_proba(rows), shared.classifier.predict_proba(rows))
    assert shared.classifier.named_steps["classify"].n_jobs == 1


def test_run_uses_exactly_the_trained_bundle(stack: "LocalStack", files: ExperimentFiles, registry: str) -> None:
    """MLflow adds nothing to a model when it is registered, nor when it is downloaded another way."""
    planned(files, registry)
    for one in trained(files, registry):
        tags = {names.FEATURES_DIGEST_TAG: DIGEST, names.SHA256_TAG: one.sha256}
        version = register_model(registry, "toys", one.model_uri, run_id=one.run_id, tags=tags)

        pin = stage_champion(registry, "toys", version, stack.runs)

        assert pin.sha256 == one.sha256
        assert stack.runs.get(pin.key) == files.bundle(one.spec.name).read_bytes()


def test_second_train_fits_only_missing_candidates(files: ExperimentFiles, registry: str) -> None:
    planned(files, registry)
    first = trained(files, registry)
    files.bundle("trees_1").write_bytes(b"cut off")
    files.candidate("linear_1").unlink()
    heard: list[str] = []

    again = trained(files, registry, progress=heard.append)

    assert heard == ["trees_1", "linear_1"]
    assert again[1] == first[1]
    assert trained(files, "never asked") == again


def test_candidate_of_another_plan_is_trained_again(files: ExperimentFiles, registry: str) -> None:
    planned(files, registry)
    first = trained(files, registry, "trees_1")[0]
    bundle, record = files.bundle("trees_1").read_bytes(), files.candidate("trees_1").read_text()
    prepare(files.directory, statements_sha256="c" * 64)
    planned(files, registry)
    files.bundle("trees_1").parent.mkdir(parents=True)
    files.bundle("trees_1").write_bytes(bundle)
    files.candidate("trees_1").write_text(record)

    assert trained(files, registry, "trees_1")[0].run_id != first.run_id


def test_failing_candidate_is_named_after_the_others_are_trained(files: ExperimentFiles, registry: str) -> None:
    wrong = {"family": "logistic_regression", "preparation": ["plain"], "parameters": {"solver": "liblinear"}}
    plan = planned(files, registry, params(candidates={"wrong": wrong, **CANDIDATES}))

    with pytest.raises(PermanentError, match=r"can't be trained: wrong_1 \(ValueError: ") as failed:
        trained(files, registry)

    assert "trees_1" not in str(failed.value)
    assert [spec.name for spec in plan.candidates if files.candidate(spec.name).exists()] == NAMES
    experiment = connect(registry).get_run(plan.parent_run_id).info.experiment_id
    runs = connect(registry).search_runs([experiment], f"tags.`mlflow.parentRunId` = '{plan.parent_run_id}'")
    assert {run.info.run_name: run.info.status for run in runs}["wrong_1"] == "FAILED"


def test_convergence_warning_is_tagged_on_the_run(files: ExperimentFiles, registry: str) -> None:
    short = {"family": "mlp", "preparation": ["plain"], "parameters": {"max_iter": 2}}
    planned(files, registry, params(candidates={"net": short}))

    one = trained(files, registry)[0]

    assert connect(registry).get_run(one.run_id).data.tags["labeler.warnings"] == "ConvergenceWarning"


def test_unplanned_name_is_refused_with_the_planned_ones(files: ExperimentFiles, registry: str) -> None:
    planned(files, registry)

    with pytest.raises(InputInvalidError, match=r"plans no candidate trees_9 \(take one of trees_1, trees_2, linear_1"):
        trained(files, registry, "trees_9")


def test_train_without_a_plan_names_the_missing_step(files: ExperimentFiles) -> None:
    with pytest.raises(InputInvalidError, match="labeler experiment plan"):
        trained(files, "never asked")


@pytest.mark.parametrize(
    ("changed", "what"), [("statements_sha256", "the statements"), ("reference_sha256", "the reference data")]
)
def test_data_changed_since_the_plan_are_refused(
    files: ExperimentFiles, registry: str, changed: str, what: str
) -> None:
    planned(files, registry)
    prepare(files.directory, **{changed: "c" * 64})

    with pytest.raises(InputInvalidError, match=f"{what} changed since the plan: cccccccccccc prepared"):
        trained(files, registry)


def test_code_changed_since_the_plan_is_refused(
    files: ExperimentFiles, registry: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    planned(files, registry)
    trained(files, registry)
    monkeypatch.setattr(planning, "version", lambda _: "99.0")

    with pytest.raises(
        InputInvalidError, match=r"the code that trains changed since the plan, or scikit-learn.* plan` again"
    ):
        trained(files, registry)


def test_plan_with_a_deleted_run_is_refused(files: ExperimentFiles, registry: str) -> None:
    plan = planned(files, registry)
    connect(registry).delete_run(plan.parent_run_id)

    with pytest.raises(InputInvalidError, match=f"no run {plan.parent_run_id} .*labeler experiment plan"):
        trained(files, registry)


def test_unreachable_registry_stops_before_the_first_fit(
    files: ExperimentFiles, registry: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    planned(files, registry)
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    heard: list[str] = []

    with pytest.raises(ServiceUnavailableError):
        trained(files, "http://127.0.0.1:9", progress=heard.append)

    assert heard == []


def test_registry_that_fails_during_training_stops_at_the_first_candidate(
    files: ExperimentFiles, registry: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object, **__: object) -> str:
        raise ServiceUnavailableError("gone")

    planned(files, registry)
    monkeypatch.setattr(tracking, "log_model", away)
    heard: list[str] = []

    with pytest.raises(ServiceUnavailableError):
        trained(files, registry, progress=heard.append)

    assert heard == NAMES[:1]


PROCESS = """
import sys
from pathlib import Path
from labeler.experiment.files import ExperimentFiles
from labeler.experiment.training.train import train
from tests.integration.experiment.planned import TASK

train(ExperimentFiles(Path(sys.argv[1])), task=TASK, registry_uri=sys.argv[2], names=[sys.argv[3]])
"""


@pytest.mark.experiments
def test_processes_can_train_candidates_of_one_directory_in_parallel(files: ExperimentFiles, registry: str) -> None:
    planned(files, registry)
    started = [
        subprocess.Popen(
            [sys.executable, "-c", PROCESS, str(files.directory), registry, name],
            cwd=ROOT,
            stderr=subprocess.PIPE,
            text=True,
        )
        for name in NAMES
    ]

    for process in started:
        _, said = process.communicate(timeout=120)
        assert process.returncode == 0, said

    assert [one.spec.name for one in trained(files, "never asked")] == NAMES
