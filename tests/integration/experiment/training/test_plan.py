"""The same experiment has the same id and one MLflow run; what can't be trained is refused before anything is."""

import shutil
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from labeler.errors import InputInvalidError, ServiceUnavailableError
from labeler.experiment.files import ExperimentFiles, read_record
from labeler.experiment.records import ExperimentPlan
from labeler.experiment.training import plan as planning
from labeler.models.registry import DATA_TAG, EXPERIMENT_TAG, FEATURES_DIGEST_TAG, SPLIT_TAG, TASK_TAG, connect
from tests.integration.experiment.planned import CANDIDATES, NAMES, Toys, params, planned, prepare


@pytest.fixture
def files(tmp_path: Path) -> ExperimentFiles:
    return prepare(tmp_path / "experiment")


def test_plan_records_candidates_data_and_run(files: ExperimentFiles, registry: str) -> None:
    found = planned(files, registry)

    assert found == read_record(ExperimentPlan, files.plan, step="plan")
    assert [spec.name for spec in found.candidates] == NAMES
    assert (found.task, found.data.statements_sha256, found.max_rows) == ("toy", "a" * 64, 10_000)
    assert len(found.experiment_id) == 10
    run = connect(registry).get_run(found.parent_run_id)
    assert run.info.status == "FINISHED"
    assert run.info.run_name == f"experiment {found.experiment_id}"
    assert run.data.params["candidates"] == "3"
    wanted = {
        EXPERIMENT_TAG: found.experiment_id,
        FEATURES_DIGEST_TAG: found.features_digest,
        SPLIT_TAG: "later=0.3 unseen=0.25 seed=3",
        DATA_TAG: "a" * 64,
        TASK_TAG: "toy",
    }
    assert wanted.items() <= run.data.tags.items()


def test_run_records_data_source_and_environment(files: ExperimentFiles, registry: str) -> None:
    import mlflow.artifacts

    found = planned(files, registry)

    (used,) = connect(registry).get_run(found.parent_run_id).inputs.dataset_inputs
    assert (used.dataset.name, used.dataset.digest) == ("toy", "a" * 36)
    assert (used.dataset.source_type, used.dataset.source) == ("s3", '{"uri": "s3://toys/labeled"}')
    assert '"name": "warmth"' in used.dataset.schema
    environment = mlflow.artifacts.load_dict(f"runs:/{found.parent_run_id}/environment.json")
    assert environment["packages"]["scikit-learn"]
    assert environment["python"].startswith("3.")


def test_folder_source_is_recorded_by_its_absolute_path(tmp_path: Path, registry: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    found = planned(prepare(tmp_path / "experiment", source="statements"), registry)

    (used,) = connect(registry).get_run(found.parent_run_id).inputs.dataset_inputs
    assert (used.dataset.source_type, used.dataset.source) == ("local", f'{{"uri": "{tmp_path}/statements"}}')


def test_same_plan_again_changes_nothing(files: ExperimentFiles, registry: str) -> None:
    first = planned(files, registry)
    files.candidate("trees_1").parent.mkdir(parents=True)
    files.bundle("trees_1").write_bytes(b"trained")

    assert planned(files, registry) == first
    assert files.bundle("trees_1").exists()


def test_lost_plan_file_gives_the_same_id_and_a_new_run(files: ExperimentFiles, registry: str) -> None:
    first = planned(files, registry)
    files.plan.unlink()

    again = planned(files, registry)

    assert again.experiment_id == first.experiment_id
    assert again.parent_run_id != first.parent_run_id


def test_deleted_run_is_replaced_by_a_new_one(files: ExperimentFiles, registry: str) -> None:
    first = planned(files, registry)
    connect(registry).delete_run(first.parent_run_id)

    assert planned(files, registry).parent_run_id != first.parent_run_id


@pytest.mark.parametrize(
    "changed",
    [
        {"candidates": {"trees": CANDIDATES["trees"] | {"parameters": {"n_estimators": 6}}}},
        {"split": {"later_share": 0.2, "unseen_share": 0.25, "seed": 3}},
        {"training": {"seed": 6, "max_rows": 10_000}},
        {"preparations": {"plain": {"scale": "quantile"}, "bare": {}, "scaled": {}}},
    ],
)
def test_changed_parameters_give_a_new_id_and_delete_old_candidates(
    files: ExperimentFiles, registry: str, changed: dict[str, Any]
) -> None:
    first = planned(files, registry)
    files.candidate("trees_1").parent.mkdir(parents=True)
    files.bundle("trees_1").write_bytes(b"trained")

    found = planned(files, registry, params(**changed))

    assert found.experiment_id != first.experiment_id
    assert found.parent_run_id != first.parent_run_id
    assert not files.candidates.exists()


@pytest.mark.parametrize("changed", [{"statements_sha256": "c" * 64}, {"reference_sha256": "c" * 64}])
def test_changed_data_give_a_new_id(files: ExperimentFiles, registry: str, changed: dict[str, str]) -> None:
    first = planned(files, registry)
    prepare(files.directory, **changed)

    assert planned(files, registry).experiment_id != first.experiment_id


def another_constant(monkeypatch: pytest.MonkeyPatch, directory: Path) -> None:
    package = Path(shutil.copytree(planning.PACKAGE, directory / "labeler"))
    module = package / "experiment/training/preprocessing.py"
    module.write_text(module.read_text(encoding="utf-8") + "TARGET_FOLDS = 7\n", encoding="utf-8")
    monkeypatch.setattr(planning, "PACKAGE", package)


def another_library(monkeypatch: pytest.MonkeyPatch, _: Path) -> None:
    monkeypatch.setattr(planning, "version", lambda name: "99.0" if name == "scikit-learn" else version(name))


@pytest.mark.parametrize("change", [another_constant, another_library])
def test_changed_code_or_library_gives_a_new_id(
    files: ExperimentFiles, registry: str, change: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    first = planned(files, registry)
    files.candidate("trees_1").parent.mkdir(parents=True)
    files.bundle("trees_1").write_bytes(b"trained")
    change(monkeypatch, tmp_path)

    assert planned(files, registry).experiment_id != first.experiment_id
    assert not files.candidates.exists()


def test_same_code_in_another_folder_gives_the_same_id(
    files: ExperimentFiles, registry: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    first = planned(files, registry)
    monkeypatch.setattr(planning, "PACKAGE", Path(shutil.copytree(planning.PACKAGE, tmp_path / "labeler")))

    assert planned(files, registry) == first


def test_evaluation_parameters_do_not_change_the_id(files: ExperimentFiles, registry: str) -> None:
    first = planned(files, registry)
    rule = params().evaluation.model_dump() | {"bootstrap_samples": 200}

    assert planned(files, registry, params(evaluation=rule)) == first


def test_quick_plan_has_only_quick_candidates(files: ExperimentFiles, registry: str) -> None:
    assert [spec.name for spec in planned(files, registry, is_quick=True).candidates] == NAMES[:2]


@pytest.mark.parametrize(
    ("candidate", "said"),
    [
        ({"parameters": {"n_estimators": -1}}, "candidate trees_1: .*n_estimators"),
        ({"parameters": {"trees": 5}}, "candidate trees_1: extra_trees has no trees"),
        ({"family": "oracle"}, "no family oracle"),
    ],
)
def test_invalid_candidate_is_refused_before_a_run_is_opened(
    files: ExperimentFiles, candidate: dict[str, Any], said: str
) -> None:
    with pytest.raises(InputInvalidError, match=said):
        planned(files, "never asked", params(candidates={"trees": CANDIDATES["trees"] | candidate}))

    assert not files.plan.exists()


def test_unknown_feature_group_is_refused_before_a_run_is_opened(files: ExperimentFiles) -> None:
    preparations = {"plain": {"groups": {"colours": "drop"}}, "bare": {}, "scaled": {}}

    with pytest.raises(InputInvalidError, match="preparation plain: the task has no feature group colours"):
        planned(files, "never asked", params(preparations=preparations))


def test_plan_without_prepared_rows_names_the_missing_step(tmp_path: Path) -> None:
    with pytest.raises(InputInvalidError, match="labeler experiment prepare"):
        planned(ExperimentFiles(tmp_path), "never asked")


def test_rows_of_another_feature_contract_are_refused_with_both_digests(files: ExperimentFiles) -> None:
    with pytest.raises(InputInvalidError, match=r"777777777777.*888888888888"):
        planned(files, "never asked", task=Toys(digest="8" * 64))


def test_unreachable_registry_raises_service_unavailable(
    files: ExperimentFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")

    with pytest.raises(ServiceUnavailableError, match=r"http://127\.0\.0\.1:9"):
        planned(files, "http://127.0.0.1:9")

    assert not files.plan.exists()
