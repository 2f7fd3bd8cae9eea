"""Candidates become versions: with tags, once, and with the bytes that were evaluated."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from labeler.errors import DigestMismatchError, InputInvalidError, ServiceUnavailableError
from labeler.experiment.files import ExperimentFiles, read_record
from labeler.experiment.records import TrainedCandidate
from labeler.experiment.registering.register import register
from labeler.experiment.registration import Registration
from labeler.models import registry as names
from labeler.models.artifacts import copy_model_to_runs
from labeler.models.registry import CHALLENGER, CHAMPION, connect
from labeler.transactions import task
from tests.champion import MODEL
from tests.integration.experiment.finished import EXPERIMENT, write, write_verdict

if TYPE_CHECKING:
    from labeler_local.emulator.stack import LocalStack

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
Candidates = dict[str, TrainedCandidate]


def registered(files: ExperimentFiles, registry: str) -> Registration:
    return register(files, registry_uri=registry, model_name=MODEL, at=AT)


def versions(registry: str) -> dict[str, Any]:
    return {str(each.version): each for each in connect(registry).search_model_versions(f"name='{MODEL}'")}


def aliases(registry: str) -> dict[str, str]:
    return {alias: str(version) for alias, version in connect(registry).get_registered_model(MODEL).aliases.items()}


def test_every_candidate_becomes_a_version_tagged_with_its_origin(
    evaluated: ExperimentFiles, logged: Candidates, registry: str
) -> None:
    registration = registered(evaluated, registry)

    assert [(each.candidate, each.version) for each in registration.versions] == [("trees_1", "2"), ("trees_2", "3")]
    assert read_record(Registration, evaluated.registration, step="register") == registration
    assert versions(registry)["3"].run_id == logged["trees_2"].run_id
    assert versions(registry)["3"].tags == {
        names.FEATURES_DIGEST_TAG: task.features_digest(),
        names.TASK_TAG: task.name,
        names.SPLIT_TAG: "later=0.3 unseen=0.2 seed=1",
        names.EXPERIMENT_TAG: EXPERIMENT,
        names.CANDIDATE_TAG: "trees_2",
        names.SHA256_TAG: logged["trees_2"].sha256,
        names.DATA_TAG: "d" * 64,
        names.VERDICT_TAG: "passed",
        f"{names.METRIC_TAG}later_accuracy": "0.46",
        f"{names.METRIC_TAG}later_macro_f1": "0.23",
        f"{names.METRIC_TAG}us_per_row": "3",
    }
    assert versions(registry)["2"].tags[names.VERDICT_TAG] == "failed"


def test_the_winner_becomes_the_challenger_and_the_champion_is_unchanged(
    evaluated: ExperimentFiles, registry: str
) -> None:
    assert registered(evaluated, registry).challenger == "3"

    assert aliases(registry) == {CHAMPION: "1", CHALLENGER: "3"}


def test_a_run_would_load_the_bytes_that_were_evaluated(
    evaluated: ExperimentFiles, logged: Candidates, registry: str, stack: "LocalStack"
) -> None:
    for version in registered(evaluated, registry).versions:
        pin = copy_model_to_runs(registry, MODEL, version.version, stack.runs)
        assert pin.sha256 == logged[version.candidate].sha256


def test_the_candidate_s_mlflow_run_gets_its_metrics(
    evaluated: ExperimentFiles, logged: Candidates, registry: str
) -> None:
    registered(evaluated, registry)

    scores = {"macro_f1": 0.22, "weighted_f1": 0.45, "log_loss": 1.5, "calibration_error": 0.05}
    assert connect(registry).get_run(logged["trees_1"].run_id).data.metrics == {
        "us_per_row": 2.0,
        "later_accuracy": 0.45,
        "unseen_accuracy": 0.35,
        **{f"{split}_{name}": value for split in ("later", "unseen") for name, value in scores.items()},
    }


def test_registering_again_creates_no_second_version_or_metric(
    evaluated: ExperimentFiles, logged: Candidates, registry: str
) -> None:
    first = registered(evaluated, registry)
    again = register(evaluated, registry_uri=registry, model_name=MODEL, at=AT + timedelta(hours=1))

    assert again == first
    assert len(versions(registry)) == 3
    history = connect(registry).get_metric_history(logged["trees_1"].run_id, "later_accuracy")
    assert len(history) == 1


@pytest.mark.parametrize("then", ["2", None])
def test_register_refuses_a_verdict_against_another_champion(
    evaluated: ExperimentFiles, logged: Candidates, registry: str, tmp_path: Path, then: str | None
) -> None:
    files = write(tmp_path / "experiment", logged, passed=("trees_2",), champion=then)

    was = f"version {then}" if then else "none"
    with pytest.raises(
        InputInvalidError, match=rf"is version 1, .* evaluated when it was {was} .*experiment evaluate` and"
    ):
        registered(files, registry)
    assert set(versions(registry)) == {"1"}
    assert aliases(registry) == {CHAMPION: "1"}


def test_register_refuses_a_verdict_when_its_champion_was_removed(evaluated: ExperimentFiles, registry: str) -> None:
    connect(registry).delete_registered_model_alias(MODEL, CHAMPION)

    with pytest.raises(InputInvalidError, match=r"is none, .* evaluated when it was version 1"):
        registered(evaluated, registry)


def test_the_first_candidates_of_a_model_are_registered_without_a_champion(
    logged: Candidates, registry: str, tmp_path: Path
) -> None:
    files = write(tmp_path / "experiment", logged, passed=("trees_2",), champion=None)

    registration = register(files, registry_uri=registry, model_name="unheard_of", at=AT)

    assert registration.challenger == "2"


def test_registering_again_after_the_winner_s_promotion_changes_nothing(
    evaluated: ExperimentFiles, registry: str
) -> None:
    first = registered(evaluated, registry)
    connect(registry).set_registered_model_alias(MODEL, CHAMPION, "3")

    assert registered(evaluated, registry) == first
    assert len(versions(registry)) == 3


def test_a_changed_verdict_after_a_promotion_needs_another_evaluation(
    evaluated: ExperimentFiles, logged: Candidates, registry: str
) -> None:
    registered(evaluated, registry)
    connect(registry).set_registered_model_alias(MODEL, CHAMPION, "3")
    write_verdict(evaluated, tuple(logged), passed=("trees_1",))

    with pytest.raises(InputInvalidError, match=r"is version 3, .* evaluated when it was version 1"):
        registered(evaluated, registry)
    assert aliases(registry) == {CHAMPION: "3", CHALLENGER: "3"}


def test_the_next_call_completes_a_registration_that_lost_its_connection(
    evaluated: ExperimentFiles, registry: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mlflow.tracking import MlflowClient

    create, created = MlflowClient.create_model_version, []

    def lost_after_the_first(client: Any, *arguments: Any, **named: Any) -> Any:
        created.append(create(client, *arguments, **named))
        raise ConnectionError("the answer was lost")

    with monkeypatch.context() as broken:
        broken.setattr(MlflowClient, "create_model_version", lost_after_the_first)
        with pytest.raises(ServiceUnavailableError):
            registered(evaluated, registry)
    assert len(created) == 1
    assert not evaluated.registration.exists()

    assert [each.version for each in registered(evaluated, registry).versions] == ["2", "3"]
    assert len(versions(registry)) == 3


def test_the_challenger_is_unchanged_when_no_candidate_passes(
    evaluated: ExperimentFiles, logged: Candidates, registry: str
) -> None:
    connect(registry).set_registered_model_alias(MODEL, CHALLENGER, "1")
    write_verdict(evaluated, tuple(logged), passed=())

    assert registered(evaluated, registry).challenger is None
    assert aliases(registry) == {CHAMPION: "1", CHALLENGER: "1"}


def test_a_changed_verdict_updates_tags_and_challenger(
    evaluated: ExperimentFiles, logged: Candidates, registry: str
) -> None:
    registered(evaluated, registry)
    write_verdict(evaluated, tuple(logged), passed=("trees_1",))

    assert registered(evaluated, registry).challenger == "2"
    assert [versions(registry)[number].tags[names.VERDICT_TAG] for number in "23"] == ["passed", "failed"]
    assert len(versions(registry)) == 3


def test_a_model_changed_after_its_evaluation_is_refused(
    evaluated: ExperimentFiles, registry: str, stack: "LocalStack", tmp_path: Path
) -> None:
    for model in (tmp_path / "models" / "artifacts").rglob("MLmodel"):
        model.write_text(model.read_text() + "# another one\n")

    with pytest.raises(DigestMismatchError, match=r"hashes to \w{12}, what was evaluated to \w{12}"):
        registered(evaluated, registry)

    assert not evaluated.registration.exists()
    with pytest.raises(DigestMismatchError, match=f"version 2 of {MODEL} hashes to"):
        copy_model_to_runs(registry, MODEL, "2", stack.runs)
    assert list(stack.runs.sizes("models/")) == []


def test_retrained_candidates_are_refused_until_they_are_evaluated_again(
    evaluated: ExperimentFiles, logged: Candidates, registry: str
) -> None:
    again = logged["trees_1"].model_copy(update={"sha256": "0" * 64})
    evaluated.candidate("trees_1").write_text(again.model_dump_json())

    with pytest.raises(DigestMismatchError, match=r"trees_1 hashes to 0{12}.* evaluate` and"):
        registered(evaluated, registry)
    assert set(versions(registry)) == {"1"}


@pytest.mark.parametrize(("missing", "step"), [("verdict", "gate"), ("evaluation", "evaluate"), ("plan", "plan")])
def test_a_missing_step_is_named(evaluated: ExperimentFiles, registry: str, missing: str, step: str) -> None:
    getattr(evaluated, missing).unlink()

    with pytest.raises(InputInvalidError, match=f"run `labeler experiment {step}` first"):
        registered(evaluated, registry)


def test_records_of_two_experiments_are_refused(
    evaluated: ExperimentFiles, logged: Candidates, registry: str, tmp_path: Path
) -> None:
    other = write(tmp_path / "other", logged, experiment="f" * 12)
    evaluated.plan.write_bytes(other.plan.read_bytes())

    with pytest.raises(InputInvalidError, match=r"plan of experiment f+, but `evaluate` was run for e+"):
        registered(evaluated, registry)


def test_a_candidate_without_a_verdict_is_named(evaluated: ExperimentFiles, registry: str) -> None:
    write_verdict(evaluated, ("trees_1",), passed=("trees_1",))

    with pytest.raises(InputInvalidError, match="trees_2 was trained but not evaluated"):
        registered(evaluated, registry)


def test_register_is_refused_without_trained_candidates(
    evaluated: ExperimentFiles, logged: Candidates, registry: str
) -> None:
    for name in logged:
        evaluated.candidate(name).unlink()

    with pytest.raises(InputInvalidError, match="labeler experiment train"):
        registered(evaluated, registry)
