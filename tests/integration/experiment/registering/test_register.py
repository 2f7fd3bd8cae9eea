"""Candidates become versions: with tags, metrics, and the bytes that were evaluated."""

from pathlib import Path
from typing import TYPE_CHECKING

from labeler.experiment.files import ExperimentFiles, read_record
from labeler.experiment.registering.register import register
from labeler.experiment.registration import Registration
from labeler.models import registry as names
from labeler.models.artifacts import copy_model_to_runs
from labeler.models.registry import CHALLENGER, CHAMPION, connect
from labeler.transactions import task
from tests.champion import MODEL
from tests.integration.experiment.finished import EXPERIMENT, write, write_verdict
from tests.integration.experiment.registering.registered_versions import AT, Candidates, aliases, registered, versions

if TYPE_CHECKING:
    from labeler_local.emulator.stack import LocalStack


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


def test_the_first_candidates_of_a_model_are_registered_without_a_champion(
    logged: Candidates, registry: str, tmp_path: Path
) -> None:
    files = write(tmp_path / "experiment", logged, passed=("trees_2",), champion=None)

    registration = register(files, registry_uri=registry, model_name="unheard_of", at=AT)

    assert registration.challenger == "2"


def test_the_challenger_is_unchanged_when_no_candidate_passes(
    evaluated: ExperimentFiles, logged: Candidates, registry: str
) -> None:
    connect(registry).set_registered_model_alias(MODEL, CHALLENGER, "1")
    write_verdict(evaluated, tuple(logged), passed=())

    assert registered(evaluated, registry).challenger is None
    assert aliases(registry) == {CHAMPION: "1", CHALLENGER: "1"}
