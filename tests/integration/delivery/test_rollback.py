"""One command takes a stage back: the old commit with its digests, then the champion and the DAGs."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.integration.delivery.conftest import Programs, Run


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=anna", "-c", "user.email=anna@example.com"]
    git_itself = str(shutil.which("git"))
    done = subprocess.run([git_itself, *identity, *arguments], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.fixture
def old_commit(tmp_path: Path) -> str:
    """A checkout whose code went on after a release."""
    (tmp_path / "what").write_text("the old code")
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", "what")
    git(tmp_path, "commit", "--quiet", "--message", "old")
    commit = git(tmp_path, "rev-parse", "HEAD")
    (tmp_path / "what").write_text("the new code")
    git(tmp_path, "commit", "--quiet", "--all", "--message", "new")
    return commit


def test_rollback_deploys_the_old_code_with_the_old_digests_and_restores_the_champion(
    old_commit: str, programs: Programs, run: Run, tmp_path: Path
) -> None:
    programs.add("labeler", f"echo 7 {old_commit}")
    programs.add("make")
    done = run("roll-back", "prod", "labeler")
    assert (done.code, "prod goes back to release 7" in done.out) == (0, True), done.err
    build = tmp_path / "build"
    assert done.calls == [
        f"labeler release before --stage prod --to {build}/rollback-prod.json",
        f"make -C {build}/rollback-prod-7 deploy STAGE=prod RELEASE={build}/rollback-prod.json BACK_TO=7",
        f"make -C {build}/rollback-prod-7 restore-champion STAGE=prod",
        f"make confirm STAGE=prod RELEASE={build}/rollback-prod.json",
    ]
    assert (build / "rollback-prod-7/what").read_text() == "the old code"
    assert (tmp_path / "what").read_text() == "the new code", "the checkout stays as it is"


def test_rollback_deploys_the_old_dags_when_airflow_s_folder_is_known(
    old_commit: str, programs: Programs, run: Run, tmp_path: Path
) -> None:
    programs.add("labeler", f"echo 7 {old_commit}")
    programs.add("make")
    done = run("roll-back", "prod", "labeler", environment={"DAGS_URI": "s3://airflow/dags"})
    assert done.calls[-2:] == [
        f"make -C {tmp_path}/build/rollback-prod-7 deploy-dags DAGS_URI=s3://airflow/dags",
        f"make confirm STAGE=prod RELEASE={tmp_path}/build/rollback-prod.json",
    ]


def test_rollback_passes_the_chosen_number_to_release_before(
    old_commit: str, programs: Programs, run: Run, tmp_path: Path
) -> None:
    programs.add("labeler", f"echo 3 {old_commit}")
    programs.add("make")
    done = run("roll-back", "prod", "labeler", "3")
    assert done.calls[0] == f"labeler release before --stage prod --to {tmp_path}/build/rollback-prod.json --number 3"


@pytest.mark.parametrize(("fails", "make_calls"), [("deploy", 1), ("restore-champion", 2)])
def test_a_rollback_that_fails_is_not_confirmed(
    old_commit: str, programs: Programs, run: Run, fails: str, make_calls: int
) -> None:
    programs.add("labeler", f"echo 7 {old_commit}")
    programs.add("make", f'case "$*" in *" {fails} "*) exit 2 ;; esac')
    done = run("roll-back", "prod", "labeler")
    assert (done.code, len([call for call in done.calls if call.startswith("make")])) == (2, make_calls)


def test_rollback_changes_nothing_without_an_earlier_release(old_commit: str, programs: Programs, run: Run) -> None:
    programs.add("labeler", "exit 65")
    programs.add("make")
    done = run("roll-back", "prod", "labeler")
    assert (done.code, [call for call in done.calls if call.startswith("make")]) == (65, [])


def test_rollback_is_refused_when_the_commit_is_not_in_the_checkout(
    old_commit: str, programs: Programs, run: Run
) -> None:
    programs.add("labeler", f"echo 7 {'0' * 40}")
    programs.add("make")
    done = run("roll-back", "prod", "labeler")
    assert (done.code, "git fetch" in done.err) == (65, True)


def test_a_commit_older_than_the_stage_s_release_is_refused(
    old_commit: str, programs: Programs, run: Run, tmp_path: Path
) -> None:
    """A job of last week that somebody starts again, with its champion."""
    newest = git(tmp_path, "rev-parse", "HEAD")
    programs.add("labeler", f"echo 8 {newest}")
    again = run("require-newer", "prod", "labeler")
    assert (again.code, again.calls) == (0, ["labeler release current --stage prod"]), "the same commit goes on"
    git(tmp_path, "checkout", "--quiet", old_commit)
    refused = run("require-newer", "prod", "labeler")
    assert (refused.code, f"has release 8, commit {newest}, which is newer" in refused.err) == (65, True)


@pytest.mark.parametrize("has", ["old", "nothing"])
def test_a_commit_newer_than_the_stage_s_release_is_accepted(
    old_commit: str, programs: Programs, run: Run, has: str
) -> None:
    programs.add("labeler", f"echo 7 {old_commit}" if has == "old" else "")
    assert run("require-newer", "prod", "labeler").code == 0


def test_a_deployment_is_refused_when_the_stage_s_commit_is_unknown(
    old_commit: str, programs: Programs, run: Run
) -> None:
    programs.add("labeler", f"echo 7 {'0' * 40}")
    unknown = run("require-newer", "prod", "labeler")
    assert (unknown.code, "git fetch" in unknown.err) == (65, True)
    programs.add("labeler", "exit 75")
    assert run("require-newer", "prod", "labeler").code == 75
