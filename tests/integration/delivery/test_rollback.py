"""One command takes a stage back: the old commit with its digests, then the champion."""

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


def test_the_old_code_is_deployed_with_the_old_digests_and_then_the_champion_goes(
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
    ]
    assert (build / "rollback-prod-7/what").read_text() == "the old code"
    assert (tmp_path / "what").read_text() == "the new code", "the checkout stays as it is"


def test_the_champion_stays_when_the_deployment_fails(old_commit: str, programs: Programs, run: Run) -> None:
    programs.add("labeler", f"echo 7 {old_commit}")
    programs.add("make", "exit 2")
    done = run("roll-back", "prod", "labeler")
    assert (done.code, len([call for call in done.calls if call.startswith("make")])) == (2, 1)


def test_a_stage_without_a_release_before_is_left_alone(old_commit: str, programs: Programs, run: Run) -> None:
    programs.add("labeler", "exit 65")
    programs.add("make")
    done = run("roll-back", "prod", "labeler")
    assert (done.code, [call for call in done.calls if call.startswith("make")]) == (65, [])


def test_a_commit_that_is_not_fetched_is_named(old_commit: str, programs: Programs, run: Run) -> None:
    programs.add("labeler", f"echo 7 {'0' * 40}")
    programs.add("make")
    done = run("roll-back", "prod", "labeler")
    assert (done.code, "git fetch" in done.err) == (65, True)
