"""The workflows do what a laptop does, in the order of a stage."""

import ast
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.architecture.source import ROOT
from tests.architecture.workflows import (
    STAGE_STEPS,
    WORKFLOWS,
    commands,
    document,
    jobs,
    make_targets,
    triggers,
    workflow,
)

BRANCHES = {"development", "main"}

LOCAL_DEPLOYMENT = (
    ("src/labeler_local/deployment/deploy.py", "deploy_and_run"),
    ("src/labeler_local/deployment/daily_run.py", "run_daily_labeling"),
)
LOCAL_STEPS = {"_deploy": "deploy", "_train": "promote", "invoke_manifest": "smoke"}
"""Functions of the local deployment, and the step of a stage that each one is."""

by_workflow = pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)


def test_workflow_files_are_the_listed_ones() -> None:
    assert {path.stem for path in WORKFLOWS} == {
        "audit", "check", "deploy", "deploy-stage", "experiment-report", "release", "rollback", "update",
    }  # fmt: skip


@by_workflow
def test_every_run_step_is_one_existing_make_target(path: Path) -> None:
    known = make_targets()
    for job_name, job in jobs(path).items():
        for command in commands(job):
            match = re.fullmatch(r"make ([a-z-]+)", command)
            assert match, f"{job_name}: {command!r} is more than one make target"
            assert match[1] in known, f"{job_name}: there is no make target {match[1]}"


@by_workflow
def test_every_workflow_has_a_concurrency_group(path: Path) -> None:
    if "workflow_call" in triggers(path):
        groups = [job["concurrency"]["group"] for job in jobs(path).values()]
        assert groups == ["stage-${{ inputs.stage }}"]
    else:
        assert document(path)["concurrency"]["group"]


def test_rollback_and_deployment_of_a_stage_share_a_concurrency_group() -> None:
    deploying = jobs(workflow("deploy-stage"))["deploy"]["concurrency"]
    assert document(workflow("rollback"))["concurrency"] == deploying
    assert deploying["cancel-in-progress"] is False
    assert document(workflow("deploy"))["concurrency"]["cancel-in-progress"] is False


@by_workflow
def test_triggers_name_only_the_two_branches(path: Path) -> None:
    for trigger in triggers(path).values():
        assert set((trigger or {}).get("branches", [])) <= BRANCHES if isinstance(trigger, dict) else True


def test_only_main_is_deployed() -> None:
    assert triggers(workflow("deploy")) == {"push": {"branches": ["main"]}}
    assert jobs(workflow("rollback"))["rollback"]["if"] == "github.ref == 'refs/heads/main'"


def test_deploy_stage_runs_the_steps_in_the_declared_order() -> None:
    done = [command.removeprefix("make ") for command in commands(jobs(workflow("deploy-stage"))["deploy"])]
    assert tuple(done) == STAGE_STEPS


def test_a_local_deployment_runs_the_same_steps_in_the_same_order() -> None:
    """`make deploy-local`: what a job does to a stage, as far as a laptop has it."""
    calls = [called for path, function in LOCAL_DEPLOYMENT for called in calls_of(path, function)]
    done = [LOCAL_STEPS[called] for called in calls if called in LOCAL_STEPS]
    assert done == [step for step in STAGE_STEPS if step in LOCAL_STEPS.values()]


def calls_of(path: str, function: str) -> list[str]:
    """Names of what a function calls, as they stand in it."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    (definition,) = (node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == function)
    called = [node for node in ast.walk(definition) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)]
    return [node.func.id for node in sorted(called, key=lambda node: node.lineno) if isinstance(node.func, ast.Name)]


def test_stages_are_deployed_in_sequence_and_only_the_last_promotes() -> None:
    of_deploy = jobs(workflow("deploy"))
    assert {name: of_deploy[name]["needs"] for name in ("diff", "dev", "staging", "prod")} == {
        "diff": "build",
        "dev": "diff",
        "staging": "dev",
        "prod": "staging",
    }
    inputs = {name: of_deploy[name]["with"] for name in ("dev", "staging", "prod")}
    assert inputs == {
        "dev": {"stage": "dev"},
        "staging": {"stage": "staging"},
        "prod": {"stage": "prod", "promotes": True},
    }


def test_the_diff_of_every_stage_runs_before_the_first_approval() -> None:
    job = jobs(workflow("deploy"))["diff"]
    assert job["environment"] == "${{ matrix.stage }}-diff"
    assert job["strategy"]["matrix"]["stage"] == ["dev", "staging", "prod"]
    assert commands(job) == ["make diff"]


def test_deployed_images_are_built_once_and_without_a_cache() -> None:
    building = [(path.stem, job) for path in WORKFLOWS for job in jobs(path).values() if "make images" in commands(job)]
    assert [stem for stem, _ in building] == ["check", "deploy"]
    for path in (workflow("deploy"), workflow("deploy-stage"), workflow("release"), workflow("rollback")):
        assert "keeps-downloads" not in path.read_text(), "a cache is written by runs that nobody reviewed"


def test_a_change_of_anything_a_model_is_made_of_triggers_a_report() -> None:
    watched = triggers(workflow("experiment-report"))["pull_request"]["paths"]
    assert {"params.yaml", "dvc.lock", "gate.yaml", "dvc.yaml", "requirements.lock"} <= set(watched)
    assert {package(path) for path in watched if path.startswith("src/")} == {
        package(dep) for dep in code_of_the_experiment()
    }


def package(path: str) -> str:
    """As in src/labeler/models."""
    return "/".join(path.split("/")[:3])


def code_of_the_experiment() -> set[str]:
    stages = document(ROOT / "dvc.yaml")["stages"].values()
    return {dep for stage in stages for dep in stage["deps"] if dep.startswith("src/")}


@pytest.mark.parametrize("target", ["audit", "sbom"])
def test_audit_and_sbom_cover_every_lock_that_make_lock_writes(target: str) -> None:
    dry_run = subprocess.run(  # prints the commands, runs none
        [str(shutil.which("make")), "--dry-run", target], cwd=ROOT, capture_output=True, text=True, check=True
    )
    (loop,) = re.findall(r"for lock in (.+?); do", dry_run.stdout)
    written = set(re.findall(r"--output-file (\S+\.lock)", (ROOT / "Makefile").read_text(encoding="utf-8")))
    assert set(loop.split()) == written, "what `make lock` writes"


def test_a_change_of_any_lock_triggers_an_audit() -> None:
    watched = triggers(workflow("audit"))["pull_request"]["paths"]
    assert watched == ["**/*.lock", "!dvc.lock", "pyproject.toml"], "dvc.lock holds no packages"


def test_dependabot_waits_a_week_and_covers_every_image() -> None:
    updates = document(ROOT / ".github/dependabot.yml")["updates"]
    assert [update["cooldown"]["default-days"] for update in updates] == [7, 7]
    assert {update["target-branch"] for update in updates} == {"development"}
    (docker,) = (update for update in updates if update["package-ecosystem"] == "docker")
    assert set(docker["directories"]) == {
        f"/{path.parent.relative_to(ROOT)}" for path in ROOT.glob("containers/*/Dockerfile")
    }
