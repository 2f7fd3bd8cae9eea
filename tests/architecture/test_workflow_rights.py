"""Jobs have no right that they do not need, and run no action that could change unseen."""

import re
from pathlib import Path

import pytest

from tests.architecture.source import ROOT, name
from tests.architecture.workflows import SETUP, WORKFLOWS, commands, document, jobs, steps, uses, workflow

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

by_workflow = pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)


@pytest.mark.parametrize("path", [*WORKFLOWS, SETUP], ids=name)
def test_third_party_actions_are_pinned_by_commit_with_their_version(path: Path) -> None:
    for used in uses(path):
        if used.startswith("$/"):
            assert (ROOT / used.removeprefix("$/")).exists(), used
            continue
        match = re.fullmatch(r"([\w-]+)/[\w./-]+@[0-9a-f]{40} # (?:of )?v\d\S*.*", used)
        assert match, f"{used} is not pinned by a whole commit with its version beside it"
        assert match[1] in OWNERS


@by_workflow
def test_jobs_have_only_the_listed_permissions(path: Path) -> None:
    assert document(path)["permissions"] == {}, "what a job forgets to name it must not get"
    for job_name, job in jobs(path).items():
        assert job["permissions"] == RIGHTS.get((path.name, job_name), READ), job_name


def test_listed_permissions_are_of_existing_jobs() -> None:
    assert set(RIGHTS) <= {(path.name, job) for path in WORKFLOWS for job in jobs(path)}


@by_workflow
def test_workflows_use_no_secret_but_the_github_token(path: Path) -> None:
    """AWS is reached as a role, for minutes; the only secret is the job's own token."""
    text = path.read_text(encoding="utf-8")
    assert set(re.findall(r"secrets\.(\w+)", text)) <= {"GITHUB_TOKEN"}
    assert "pull_request_target" not in text, "it runs with rights on what strangers wrote"
    for job in jobs(path).values():
        is_role = any("role-to-assume" in step.get("with", {}) for step in steps(job))
        assert not is_role or job["environment"], "the stage's role is given to its GitHub environment only"


@by_workflow
def test_jobs_have_a_timeout_and_do_not_persist_credentials(path: Path) -> None:
    for job_name, job in jobs(path).items():
        if "uses" in job:
            continue
        assert job["timeout-minutes"] <= 120, job_name
        checkouts = [step for step in steps(job) if step.get("uses", "").startswith("actions/checkout@")]
        assert [step["with"]["persist-credentials"] for step in checkouts] == [False], job_name


def test_the_job_that_runs_a_pull_request_s_code_is_not_the_one_that_comments() -> None:
    of_report = jobs(workflow("experiment-report"))
    assert commands(of_report["reproduce"]) == ["make base-champion", "make experiment-report"]
    assert commands(of_report["comment"]) == ["make comment-report"]
    assert of_report["comment"]["needs"] == "reproduce"
