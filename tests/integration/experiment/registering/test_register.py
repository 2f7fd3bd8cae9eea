"""Candidates become versions: with tags, once, and with the bytes that were judged."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from labeler.errors import DigestMismatchError, InputInvalidError, ServiceUnavailableError
from labeler.experiment.files import ExperimentFiles, read_record
from labeler.experiment.records import Registration, TrainedCandidate
from labeler.experiment.registering.register import register
from labeler.models import registry as names
from labeler.models.registry import CHALLENGER, CHAMPION, connect, stage_champion
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
    return {str(found.version): found for found in connect(registry).search_model_versions(f"name='{MODEL}'")}


def aliases(registry: str) -> dict[str, str]:
    return {alias: str(version) for alias, version in connect(registry).get_registered_model(MODEL).aliases.items()}


def test_every_candidate_becomes_a_version_that_says_where_it_comes_from(
    judged: ExperimentFiles, logged: Candidates, registry: str
) -> None:
    registration = registered(judged, registry)

    assert [(found.candidate, found.version) for found in registration.versions] == [("trees_1", "2"), ("trees_2", "3")]
    assert read_record(Registration, judged.registration, step="register") == registration
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


def test_the_winner_becomes_the_challenger_and_the_champion_stays(judged: ExperimentFiles, registry: str) -> None:
    assert registered(judged, registry).challenger == "3"

    assert aliases(registry) == {CHAMPION: "1", CHALLENGER: "3"}


def test_a_run_would_stage_the_bytes_that_were_judged(
    judged: ExperimentFiles, logged: Candidates, registry: str, stack: "LocalStack"
) -> None:
    for found in registered(judged, registry).versions:
        assert stage_champion(registry, MODEL, found.version, stack.runs).sha256 == logged[found.candidate].sha256


def test_the_metrics_are_in_the_candidate_s_mlflow_run(
    judged: ExperimentFiles, logged: Candidates, registry: str
) -> None:
    registered(judged, registry)

    scores = {"macro_f1": 0.22, "weighted_f1": 0.45, "log_loss": 1.5, "calibration_error": 0.05}
    assert connect(registry).get_run(logged["trees_1"].run_id).data.metrics == {
        "us_per_row": 2.0,
        "later_accuracy": 0.45,
        "unseen_accuracy": 0.35,
        **{f"{split}_{name}": value for split in ("later", "unseen") for name, value in scores.items()},
    }


def test_registering_again_registers_nothing_twice(judged: ExperimentFiles, logged: Candidates, registry: str) -> None:
    first = registered(judged, registry)
    again = register(judged, registry_uri=registry, model_name=MODEL, at=AT + timedelta(hours=1))

    assert again == first
    assert len(versions(registry)) == 3
    history = connect(registry).get_metric_history(logged["trees_1"].run_id, "later_accuracy")
    assert len(history) == 1


@pytest.mark.parametrize("then", ["2", None])
def test_a_verdict_does_not_outlive_the_champion_that_it_was_judged_against(
    judged: ExperimentFiles, logged: Candidates, registry: str, tmp_path: Path, then: str | None
) -> None:
    files = write(tmp_path / "experiment", logged, passed=("trees_2",), champion=then)

    was = f"version {then}" if then else "none"
    with pytest.raises(
        InputInvalidError, match=rf"is version 1, .* judged when it was {was} .*experiment evaluate` and"
    ):
        registered(files, registry)
    assert set(versions(registry)) == {"1"}
    assert aliases(registry) == {CHAMPION: "1"}


def test_a_verdict_is_not_registered_after_the_champion_went(judged: ExperimentFiles, registry: str) -> None:
    connect(registry).delete_registered_model_alias(MODEL, CHAMPION)

    with pytest.raises(InputInvalidError, match=r"is none, .* judged when it was version 1"):
        registered(judged, registry)


def test_the_first_candidates_of_a_model_need_no_champion(logged: Candidates, registry: str, tmp_path: Path) -> None:
    files = write(tmp_path / "experiment", logged, passed=("trees_2",), champion=None)

    found = register(files, registry_uri=registry, model_name="unheard_of", at=AT)

    assert found.challenger == "2"


def test_registering_again_after_the_winner_was_promoted_changes_nothing(
    judged: ExperimentFiles, registry: str
) -> None:
    first = registered(judged, registry)
    connect(registry).set_registered_model_alias(MODEL, CHAMPION, "3")

    assert registered(judged, registry) == first
    assert len(versions(registry)) == 3


def test_a_gate_that_changes_its_mind_after_a_promotion_needs_another_evaluation(
    judged: ExperimentFiles, logged: Candidates, registry: str
) -> None:
    registered(judged, registry)
    connect(registry).set_registered_model_alias(MODEL, CHAMPION, "3")
    write_verdict(judged, tuple(logged), passed=("trees_1",))

    with pytest.raises(InputInvalidError, match=r"is version 3, .* judged when it was version 1"):
        registered(judged, registry)
    assert aliases(registry) == {CHAMPION: "3", CHALLENGER: "3"}


def test_what_a_lost_connection_left_undone_is_done_by_the_next_call(
    judged: ExperimentFiles, registry: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mlflow.tracking import MlflowClient

    create, made = MlflowClient.create_model_version, []

    def lost_after_the_first(client: Any, *arguments: Any, **named: Any) -> Any:
        made.append(create(client, *arguments, **named))
        raise ConnectionError("the answer was lost")

    with monkeypatch.context() as broken:
        broken.setattr(MlflowClient, "create_model_version", lost_after_the_first)
        with pytest.raises(ServiceUnavailableError):
            registered(judged, registry)
    assert len(made) == 1
    assert not judged.registration.exists()

    assert [found.version for found in registered(judged, registry).versions] == ["2", "3"]
    assert len(versions(registry)) == 3


def test_when_nothing_passes_the_challenger_stays_who_it_was(
    judged: ExperimentFiles, logged: Candidates, registry: str
) -> None:
    connect(registry).set_registered_model_alias(MODEL, CHALLENGER, "1")
    write_verdict(judged, tuple(logged), passed=())

    assert registered(judged, registry).challenger is None
    assert aliases(registry) == {CHAMPION: "1", CHALLENGER: "1"}


def test_a_gate_that_changed_its_mind_changes_the_tags(
    judged: ExperimentFiles, logged: Candidates, registry: str
) -> None:
    registered(judged, registry)
    write_verdict(judged, tuple(logged), passed=("trees_1",))

    assert registered(judged, registry).challenger == "2"
    assert [versions(registry)[number].tags[names.VERDICT_TAG] for number in "23"] == ["passed", "failed"]
    assert len(versions(registry)) == 3


def test_a_model_that_changed_after_it_was_judged_is_refused(
    judged: ExperimentFiles, registry: str, stack: "LocalStack", tmp_path: Path
) -> None:
    for model in (tmp_path / "models" / "artifacts").rglob("MLmodel"):
        model.write_text(model.read_text() + "# another one\n")

    with pytest.raises(DigestMismatchError, match=r"hashes to \w{12}, what was judged to \w{12}"):
        registered(judged, registry)

    assert not judged.registration.exists()
    with pytest.raises(DigestMismatchError, match=f"version 2 of {MODEL} hashes to"):
        stage_champion(registry, MODEL, "2", stack.runs)
    assert list(stack.runs.sizes("models/")) == []


def test_candidates_that_were_trained_again_are_judged_again_first(
    judged: ExperimentFiles, logged: Candidates, registry: str
) -> None:
    again = logged["trees_1"].model_copy(update={"sha256": "0" * 64})
    judged.candidate("trees_1").write_text(again.model_dump_json())

    with pytest.raises(DigestMismatchError, match=r"trees_1 hashes to 0{12}.* evaluate` and"):
        registered(judged, registry)
    assert set(versions(registry)) == {"1"}


@pytest.mark.parametrize(("missing", "step"), [("verdict", "gate"), ("evaluation", "evaluate"), ("plan", "plan")])
def test_a_missing_step_is_named(judged: ExperimentFiles, registry: str, missing: str, step: str) -> None:
    getattr(judged, missing).unlink()

    with pytest.raises(InputInvalidError, match=f"run `labeler experiment {step}` first"):
        registered(judged, registry)


def test_steps_of_two_experiments_are_not_mixed(
    judged: ExperimentFiles, logged: Candidates, registry: str, tmp_path: Path
) -> None:
    other = write(tmp_path / "other", logged, experiment="f" * 12)
    judged.plan.write_bytes(other.plan.read_bytes())

    with pytest.raises(InputInvalidError, match=r"plan of experiment f+, but `evaluate` judged e+"):
        registered(judged, registry)


def test_a_candidate_that_nobody_judged_is_named(judged: ExperimentFiles, registry: str) -> None:
    write_verdict(judged, ("trees_1",), passed=("trees_1",))

    with pytest.raises(InputInvalidError, match="trees_2 was trained but not judged"):
        registered(judged, registry)


def test_nothing_trained_is_nothing_to_register(judged: ExperimentFiles, logged: Candidates, registry: str) -> None:
    for name in logged:
        judged.candidate(name).unlink()

    with pytest.raises(InputInvalidError, match="labeler experiment train"):
        registered(judged, registry)
