"""What stops training: another plan, data or code, a registry that fails; one failing candidate stops no other."""

import pytest

from labeler.errors import InputInvalidError, PermanentError, ServiceUnavailableError
from labeler.experiment.files import ExperimentFiles
from labeler.experiment.training import experiment_id, logged_models
from labeler.models.registry import connect
from tests.integration.experiment.planned import CANDIDATES, NAMES, params, planned, prepare
from tests.integration.experiment.training.trained import trained


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
    monkeypatch.setattr(experiment_id, "version", lambda _: "99.0")

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
    begun: list[str] = []

    with pytest.raises(ServiceUnavailableError):
        trained(files, "http://127.0.0.1:9", progress=begun.append)

    assert begun == []


def test_registry_that_fails_during_training_stops_at_the_first_candidate(
    files: ExperimentFiles, registry: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> str:
        raise ServiceUnavailableError("gone")

    planned(files, registry)
    monkeypatch.setattr(logged_models, "log_model", fail)
    begun: list[str] = []

    with pytest.raises(ServiceUnavailableError):
        trained(files, registry, progress=begun.append)

    assert begun == NAMES[:1]
