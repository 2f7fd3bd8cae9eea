"""What keeps candidates from being registered is named."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from labeler.errors import DigestMismatchError, InputInvalidError
from labeler.experiment.files import ExperimentFiles
from labeler.models.artifacts import copy_model_to_runs
from labeler.models.registry import CHALLENGER, CHAMPION, connect
from tests.champion import MODEL
from tests.integration.experiment.finished import write, write_verdict
from tests.integration.experiment.registering.registered_versions import Candidates, aliases, registered, versions

if TYPE_CHECKING:
    from labeler_local.emulator.stack import LocalStack


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


def test_a_changed_verdict_after_a_promotion_needs_another_evaluation(
    evaluated: ExperimentFiles, logged: Candidates, registry: str
) -> None:
    registered(evaluated, registry)
    connect(registry).set_registered_model_alias(MODEL, CHAMPION, "3")
    write_verdict(evaluated, tuple(logged), passed=("trees_1",))

    with pytest.raises(InputInvalidError, match=r"is version 3, .* evaluated when it was version 1"):
        registered(evaluated, registry)
    assert aliases(registry) == {CHAMPION: "3", CHALLENGER: "3"}


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
