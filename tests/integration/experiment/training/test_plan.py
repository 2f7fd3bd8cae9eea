"""A plan records candidates, data and run; what can't be trained is refused before a run is opened."""

from pathlib import Path
from typing import Any

import pytest

from labeler.errors import InputInvalidError, ServiceUnavailableError
from labeler.experiment.files import ExperimentFiles, read_record
from labeler.experiment.records import ExperimentPlan
from labeler.models.registry import DATA_TAG, EXPERIMENT_TAG, FEATURES_DIGEST_TAG, SPLIT_TAG, TASK_TAG, connect
from tests.integration.experiment.planned import CANDIDATES, NAMES, ToyTask, params, planned, prepare


def test_plan_records_candidates_data_and_run(files: ExperimentFiles, registry: str) -> None:
    plan = planned(files, registry)

    assert plan == read_record(ExperimentPlan, files.plan, step="plan")
    assert [spec.name for spec in plan.candidates] == NAMES
    assert (plan.task, plan.data.statements_sha256, plan.max_rows) == ("toy", "a" * 64, 10_000)
    assert len(plan.experiment_id) == 10
    run = connect(registry).get_run(plan.parent_run_id)
    assert run.info.status == "FINISHED"
    assert run.info.run_name == f"experiment {plan.experiment_id}"
    assert run.data.params["candidates"] == "3"
    tags = {
        EXPERIMENT_TAG: plan.experiment_id,
        FEATURES_DIGEST_TAG: plan.features_digest,
        SPLIT_TAG: "later=0.3 unseen=0.25 seed=3",
        DATA_TAG: "a" * 64,
        TASK_TAG: "toy",
    }
    assert tags.items() <= run.data.tags.items()


def test_run_records_data_source_and_environment(files: ExperimentFiles, registry: str) -> None:
    import mlflow.artifacts

    plan = planned(files, registry)

    (used,) = connect(registry).get_run(plan.parent_run_id).inputs.dataset_inputs
    assert (used.dataset.name, used.dataset.digest) == ("toy", "a" * 36)
    assert (used.dataset.source_type, used.dataset.source) == ("s3", '{"uri": "s3://toys/labeled"}')
    assert '"name": "warmth"' in used.dataset.schema
    environment = mlflow.artifacts.load_dict(f"runs:/{plan.parent_run_id}/environment.json")
    assert environment["packages"]["scikit-learn"]
    assert environment["python"].startswith("3.")


def test_folder_source_is_recorded_by_its_absolute_path(
    tmp_path: Path, registry: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    plan = planned(prepare(tmp_path / "experiment", source="statements"), registry)

    (used,) = connect(registry).get_run(plan.parent_run_id).inputs.dataset_inputs
    assert (used.dataset.source_type, used.dataset.source) == ("local", f'{{"uri": "{tmp_path}/statements"}}')


def test_same_plan_again_changes_nothing(files: ExperimentFiles, registry: str) -> None:
    first = planned(files, registry)
    files.candidate("trees_1").parent.mkdir(parents=True)
    files.bundle("trees_1").write_bytes(b"trained")

    assert planned(files, registry) == first
    assert files.bundle("trees_1").exists()


def test_deleted_run_is_replaced_by_a_new_one(files: ExperimentFiles, registry: str) -> None:
    first = planned(files, registry)
    connect(registry).delete_run(first.parent_run_id)

    assert planned(files, registry).parent_run_id != first.parent_run_id


def test_quick_plan_has_only_quick_candidates(files: ExperimentFiles, registry: str) -> None:
    assert [spec.name for spec in planned(files, registry, is_quick=True).candidates] == NAMES[:2]


@pytest.mark.parametrize(
    ("candidate", "message"),
    [
        ({"parameters": {"n_estimators": -1}}, "candidate trees_1: .*n_estimators"),
        ({"parameters": {"trees": 5}}, "candidate trees_1: extra_trees has no trees"),
        ({"family": "oracle"}, "no family oracle"),
    ],
)
def test_invalid_candidate_is_refused_before_a_run_is_opened(
    files: ExperimentFiles, candidate: dict[str, Any], message: str
) -> None:
    with pytest.raises(InputInvalidError, match=message):
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
        planned(files, "never asked", task=ToyTask(digest="8" * 64))


def test_unreachable_registry_raises_service_unavailable(
    files: ExperimentFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")

    with pytest.raises(ServiceUnavailableError, match=r"http://127\.0\.0\.1:9"):
        planned(files, "http://127.0.0.1:9")

    assert not files.plan.exists()
