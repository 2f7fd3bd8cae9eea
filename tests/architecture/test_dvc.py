"""dvc.yaml names all code that a stage's result depends on, and only files that exist."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from labeler.experiment.files import ExperimentFiles
from labeler.experiment.training.experiment_id import CODE
from tests.architecture.dvc_stages import STAGES, code_of, is_within, module_name, named, pipeline, upstream
from tests.architecture.source import ROOT


@pytest.mark.parametrize("stage", STAGES)
def test_stage_depends_on_all_code_that_it_runs_and_on_no_other(stage: str) -> None:
    known = named(stage).union(*(named(other) for other in upstream(stage)))

    assert code_of(stage) - known == set()
    assert named(stage) - code_of(stage) == set(), "a dependency without effect runs stages for nothing"


@pytest.mark.parametrize("stage", ["statements", *STAGES])
def test_stage_lists_its_code_in_the_order_of_paths(stage: str) -> None:
    code = [dep for dep in pipeline()["stages"][stage]["deps"] if str(dep).startswith("src/")]

    assert code == sorted(code)


def test_experiment_id_follows_from_all_code_that_trains() -> None:
    assert {module_name(path) for path in CODE} == named("train") == code_of("train")


@pytest.mark.parametrize("stage", ["train", "evaluate"])
def test_training_and_evaluation_run_again_with_other_versions_of_libraries(stage: str) -> None:
    assert "requirements.lock" in pipeline()["stages"][stage]["deps"]


@pytest.mark.parametrize("stage", ["statements", *STAGES])
def test_dependency_of_a_stage_exists_or_is_an_output_of_another(stage: str) -> None:
    stages = pipeline()["stages"]
    outs = [out for content in stages.values() for out in content["outs"]]
    deps = stages[stage]["deps"]
    missing = [dep for dep in deps if not (ROOT / dep).exists() and not any(is_within(dep, out) for out in outs)]

    assert missing == []


def test_stages_and_commands_name_the_same_files() -> None:
    files = ExperimentFiles(Path("data/experiment"))
    outs = {Path(out) for content in pipeline()["stages"].values() for out in content["outs"]}

    assert outs - {Path("data/statements")} == {
        files.validation,
        files.prepared,
        files.plan,
        files.candidates,
        files.evaluation.parent,
        files.verdict,
        files.report,
    }
    assert pipeline()["stages"]["evaluate"]["metrics"] == [{str(files.metrics): {"cache": False}}]


def test_git_ignores_all_outputs_but_the_metrics() -> None:
    files = ExperimentFiles(Path("data/experiment"))
    outs = [out for content in pipeline()["stages"].values() for out in content["outs"]]
    paths = [*outs, str(files.registration), str(files.metrics)]
    done = subprocess.run(
        [str(shutil.which("git")), "check-ignore", *paths], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert done.stdout.splitlines() == paths[:-1]


@pytest.mark.parametrize("stage", ["statements", *STAGES])
def test_commands_of_a_stage_exist_with_their_options(stage: str) -> None:
    commands = pipeline()["stages"][stage]["cmd"]
    for command in [commands] if isinstance(commands, str) else commands:
        words = command.split(" || ")[0].split()
        assert words[0] == "labeler"
        group = [word for word in words[1:4] if not word.startswith("-") and "/" not in word]
        done = subprocess.run(
            [sys.executable, "-m", "labeler", *group, "--help"],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
            env={"COLUMNS": "300", "PATH": ""},
        )
        assert done.returncode == 0, done.stderr
        assert [word for word in words if word.startswith("--") and word not in done.stdout] == []


def test_no_stage_has_variables_so_that_dvc_can_remove_it() -> None:
    """`dvc remove` refuses a stage with variables in it."""
    assert "${" not in (ROOT / "dvc.yaml").read_text()
