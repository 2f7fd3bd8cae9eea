"""The workflows do what a laptop does, with no right that they do not need."""

import ast
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.architecture.source import ROOT, name
from tests.architecture.workflows import (
    SETUP,
    STAGE_STEPS,
    WORKFLOWS,
    commands,
    document,
    jobs,
    make_targets,
    steps,
    uses,
)

BRANCHES = {"development", "main"}
OWNERS = {"actions", "aws-actions", "iterative"}
"""Whose actions we run. One more is one more who could change what we deploy."""
READ = {"contents": "read"}
RIGHTS: dict[tuple[str, str], dict[str, str]] = {
    ("deploy.yml", "diff"): {**READ, "id-token": "write"},
    ("deploy.yml", "dev"): {**READ, "id-token": "write"},
    ("deploy.yml", "staging"): {**READ, "id-token": "write"},
    ("deploy.yml", "prod"): {**READ, "id-token": "write"},
    ("deploy-stage.yml", "deploy"): {**READ, "id-token": "write"},
    ("rollback.yml", "rollback"): {**READ, "id-token": "write"},
    ("experiment-report.yml", "comment"): {**READ, "pull-requests": "write"},
    ("release.yml", "release"): {"contents": "write"},
    ("update.yml", "locks"): {"contents": "write", "pull-requests": "write"},
}
"""Every job that may do more than read the repository."""

LOCAL_DEPLOYMENT = (
    ("src/labeler_local/deployment/deploy.py", "deploy_and_run"),
    ("src/labeler_local/deployment/daily_run.py", "run_daily_labeling"),
)
LOCAL_STEPS = {"_deploy": "deploy", "_train": "promote", "invoke_manifest": "smoke"}
"""Functions of the local deployment, and the step of a stage that each one is."""

by_workflow = pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)


def test_the_workflows_are_these() -> None:
    assert {path.stem for path in WORKFLOWS} == {
        "audit", "check", "deploy", "deploy-stage", "experiment-report", "release", "rollback", "update",
    }  # fmt: skip


@by_workflow
def test_a_step_is_an_action_or_a_make_target_that_people_have_too(path: Path) -> None:
    known = make_targets()
    for job_name, job in jobs(path).items():
        for command in commands(job):
            found = re.fullmatch(r"make ([a-z-]+)", command)
            assert found, f"{job_name}: {command!r} is more than one make target"
            assert found[1] in known, f"{job_name}: there is no make target {found[1]}"


@pytest.mark.parametrize("path", [*WORKFLOWS, SETUP], ids=name)
def test_other_people_s_actions_are_pinned_by_commit_and_say_their_version(path: Path) -> None:
    for used in uses(path):
        if used.startswith("$/"):
            assert (ROOT / used.removeprefix("$/")).exists(), used
            continue
        found = re.fullmatch(r"([\w-]+)/[\w./-]+@[0-9a-f]{40} # (?:of )?v\d\S*.*", used)
        assert found, f"{used} is not pinned by a whole commit with its version beside it"
        assert found[1] in OWNERS


@by_workflow
def test_a_job_has_the_least_rights(path: Path) -> None:
    assert document(path)["permissions"] == {}, "what a job forgets to name it must not get"
    for job_name, job in jobs(path).items():
        assert job["permissions"] == RIGHTS.get((path.name, job_name), READ), job_name


def test_no_right_is_listed_for_a_job_that_is_gone() -> None:
    assert set(RIGHTS) <= {(path.name, job) for path in WORKFLOWS for job in jobs(path)}


@by_workflow
def test_no_key_lives_in_a_workflow(path: Path) -> None:
    """AWS is reached as a role, for minutes; the only secret is the job's own token."""
    text = path.read_text(encoding="utf-8")
    assert set(re.findall(r"secrets\.(\w+)", text)) <= {"GITHUB_TOKEN"}
    assert "pull_request_target" not in text, "it runs with rights on what strangers wrote"
    for job in jobs(path).values():
        is_role = any("role-to-assume" in step.get("with", {}) for step in steps(job))
        assert not is_role or job["environment"], "the stage's role is given to its GitHub environment only"


@by_workflow
def test_a_job_ends_and_leaves_no_token_behind(path: Path) -> None:
    for job_name, job in jobs(path).items():
        if "uses" in job:
            continue
        assert job["timeout-minutes"] <= 120, job_name
        checkouts = [step for step in steps(job) if step.get("uses", "").startswith("actions/checkout@")]
        assert [step["with"]["persist-credentials"] for step in checkouts] == [False], job_name


@by_workflow
def test_two_of_one_kind_do_not_run_at_once(path: Path) -> None:
    if "workflow_call" in triggers(path):
        groups = [job["concurrency"]["group"] for job in jobs(path).values()]
        assert groups == ["stage-${{ inputs.stage }}"]
    else:
        assert document(path)["concurrency"]["group"]


def test_a_rollback_and_a_deployment_never_meet_in_a_stage() -> None:
    deploying = jobs(workflow("deploy-stage"))["deploy"]["concurrency"]
    assert document(workflow("rollback"))["concurrency"] == deploying
    assert deploying["cancel-in-progress"] is False
    assert document(workflow("deploy"))["concurrency"]["cancel-in-progress"] is False


@by_workflow
def test_there_are_two_branches(path: Path) -> None:
    for trigger in triggers(path).values():
        assert set((trigger or {}).get("branches", [])) <= BRANCHES if isinstance(trigger, dict) else True


def test_only_what_was_merged_into_main_is_deployed() -> None:
    assert triggers(workflow("deploy")) == {"push": {"branches": ["main"]}}
    assert jobs(workflow("rollback"))["rollback"]["if"] == "github.ref == 'refs/heads/main'"


def test_a_stage_gets_a_release_in_the_declared_order() -> None:
    done = [command.removeprefix("make ") for command in commands(jobs(workflow("deploy-stage"))["deploy"])]
    assert tuple(done) == STAGE_STEPS


def test_a_deployment_on_a_laptop_takes_the_same_steps_in_the_same_order() -> None:
    """`make deploy-local`: what a job does to a stage, as far as a laptop has it."""
    calls = [called for path, function in LOCAL_DEPLOYMENT for called in calls_of(path, function)]
    done = [LOCAL_STEPS[called] for called in calls if called in LOCAL_STEPS]
    assert done == [step for step in STAGE_STEPS if step in LOCAL_STEPS.values()]


def calls_of(path: str, function: str) -> list[str]:
    """Names of what a function calls, as they stand in it."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    (found,) = (node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == function)
    called = [node for node in ast.walk(found) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)]
    return [node.func.id for node in sorted(called, key=lambda node: node.lineno) if isinstance(node.func, ast.Name)]


def test_the_stages_come_one_after_the_other_and_only_the_last_promotes() -> None:
    found = jobs(workflow("deploy"))
    assert {name: found[name]["needs"] for name in ("diff", "dev", "staging", "prod")} == {
        "diff": "build",
        "dev": "diff",
        "staging": "dev",
        "prod": "staging",
    }
    given = {name: found[name]["with"] for name in ("dev", "staging", "prod")}
    assert given == {
        "dev": {"stage": "dev"},
        "staging": {"stage": "staging"},
        "prod": {"stage": "prod", "promotes": True},
    }


def test_the_difference_is_seen_before_anybody_approves() -> None:
    job = jobs(workflow("deploy"))["diff"]
    assert job["environment"] == "${{ matrix.stage }}-diff"
    assert job["strategy"]["matrix"]["stage"] == ["dev", "staging", "prod"]
    assert commands(job) == ["make diff"]


def test_images_are_built_once_and_without_what_other_runs_left() -> None:
    building = [(path.stem, job) for path in WORKFLOWS for job in jobs(path).values() if "make images" in commands(job)]
    assert [stem for stem, _ in building] == ["check", "deploy"]
    for path in (workflow("deploy"), workflow("deploy-stage"), workflow("release"), workflow("rollback")):
        assert "keeps-downloads" not in path.read_text(), "a cache is written by runs that nobody reviewed"


def test_what_runs_a_pull_request_s_code_may_not_comment_on_it() -> None:
    found = jobs(workflow("experiment-report"))
    assert commands(found["reproduce"]) == ["make base-champion", "make experiment-report"]
    assert commands(found["comment"]) == ["make comment-report"]
    assert found["comment"]["needs"] == "reproduce"


def test_everything_that_a_model_is_made_of_asks_for_a_report() -> None:
    watched = triggers(workflow("experiment-report"))["pull_request"]["paths"]
    assert {"params.yaml", "dvc.lock", "gate.yaml", "dvc.yaml", "requirements.lock"} <= set(watched)
    code = {dep.split("/")[2] for dep in code_of_the_experiment()}
    assert {path.split("/")[2] for path in watched if path.startswith("src/")} == code


def code_of_the_experiment() -> set[str]:
    stages = document(ROOT / "dvc.yaml")["stages"].values()
    return {dep for stage in stages for dep in stage["deps"] if dep.startswith("src/")}


@pytest.mark.parametrize("target", ["audit", "sbom"])
def test_every_lock_of_packages_is_looked_at(target: str) -> None:
    found = subprocess.run(  # only told, not done
        [str(shutil.which("make")), "--dry-run", target], cwd=ROOT, capture_output=True, text=True, check=True
    )
    (loop,) = re.findall(r"for lock in (.+?); do", found.stdout)
    made = set(re.findall(r"--output-file (\S+\.lock)", (ROOT / "Makefile").read_text(encoding="utf-8")))
    assert set(loop.split()) == made, "what `make lock` writes"


def test_every_lock_that_changes_is_audited() -> None:
    watched = triggers(workflow("audit"))["pull_request"]["paths"]
    assert watched == ["**/*.lock", "!dvc.lock", "pyproject.toml"], "dvc.lock holds no packages"


def test_dependabot_waits_a_week_and_knows_every_image() -> None:
    updates = document(ROOT / ".github/dependabot.yml")["updates"]
    assert [update["cooldown"]["default-days"] for update in updates] == [7, 7]
    assert {update["target-branch"] for update in updates} == {"development"}
    (docker,) = (update for update in updates if update["package-ecosystem"] == "docker")
    assert set(docker["directories"]) == {
        f"/{path.parent.relative_to(ROOT)}" for path in ROOT.glob("containers/*/Dockerfile")
    }


def workflow(stem: str) -> Path:
    return ROOT / f".github/workflows/{stem}.yml"


def triggers(path: Path) -> dict[str, Any]:
    """YAML 1.2 reads `on` as a word."""
    found: dict[str, Any] = document(path)["on"]
    return found
