"""What the make targets of a stage call, with programs that note it in the place of AWS's, the CDK's and ours."""

from pathlib import Path

import pytest

from tests.architecture.source import ROOT
from tests.architecture.workflows import STAGE_STEPS, commands, jobs
from tests.integration.delivery.conftest import RELEASE, Make, Programs
from tests.integration.delivery.stage_calls import CALLS, NOTE


@pytest.mark.parametrize("target", CALLS)
def test_a_make_target_calls_these_commands(make: Make, target: str) -> None:
    done = make(target)
    # the two ends of a pipe begin in any order
    assert (done.code, [call for call in done.calls if "login" not in call]) == (0, CALLS[target]), done.err


def test_every_make_target_of_the_stage_workflows_is_tested_here() -> None:
    workflows = {name: jobs(ROOT / f".github/workflows/{name}.yml") for name in ("deploy-stage", "rollback")}
    called = {
        command for workflow_jobs in workflows.values() for job in workflow_jobs.values() for command in commands(job)
    }
    assert {*STAGE_STEPS, "rollback"} <= {*CALLS, "rollback"}
    assert called == {f"make {target}" for target in (*STAGE_STEPS, "rollback")}


def test_the_actor_and_the_rollback_target_are_passed_on(make: Make) -> None:
    for target in ("deploy", "promote", "restore-champion", "confirm"):
        assert make(target, GITHUB_ACTOR="anna").calls[-1].endswith("--by anna"), target
    assert make("deploy", "STAGE=dev", "BACK_TO=7").calls[-1] == f"{NOTE} --back-to 7"


@pytest.mark.parametrize("target", ["promote", "restore-champion"])
def test_without_a_registry_uri_the_registry_is_reached_through_a_session(
    make: Make, programs: Programs, target: str
) -> None:
    programs.add("curl", f'grep --quiet start-session "{programs.folder}/calls" && ! [ -e "{programs.folder}/done" ]')
    programs.add("labeler", f'echo "at $LABELER_REGISTRY_URI"\ntouch "{programs.folder}/done"')
    done = make(target, LABELER_REGISTRY_URI="")
    assert (done.code, "at http://localhost:5000" in done.out) == (0, True), done.err
    (host,) = (call for call in done.calls if "describe-instances" in call)
    assert "Values=labeler-dev-monitoring" in host


def test_diff_and_promote_write_to_the_job_summary(make: Make, programs: Programs, tmp_path: Path) -> None:
    summary = tmp_path / "summary.md"
    programs.add("labeler", "echo the champion stays")
    programs.add("cdk", "echo one more alarm")
    for target in ("diff", "promote"):
        assert make(target, GITHUB_STEP_SUMMARY=str(summary)).code == 0
    assert summary.read_text().splitlines() == [
        "### cdk diff: dev", "```", "one more alarm", "```", "### champion of dev", "the champion stays",
    ]  # fmt: skip


@pytest.mark.parametrize(("arguments", "number"), [((), ""), (("BACK_TO=3",), " --number 3")])
def test_rollback_asks_for_the_previous_or_the_chosen_release(
    make: Make, programs: Programs, tmp_path: Path, arguments: tuple[str, ...], number: str
) -> None:
    programs.add("labeler", "exit 65")
    before = f"labeler release before --stage dev --to {tmp_path}/build/rollback-dev.json{number}"
    assert make("rollback", "STAGE=dev", *arguments).calls == [before]


def test_make_images_builds_every_container_and_describes_the_build(
    make: Make, programs: Programs, tmp_path: Path
) -> None:
    for name in ("trainer", "worker"):
        (tmp_path / "containers" / name).mkdir(parents=True)
        (tmp_path / "containers" / name / "Dockerfile").touch()
    programs.add("docker")
    programs.add("git", "echo c0ffee")
    done = make("images")
    built = [call for call in done.calls if call.startswith("docker buildx build")]
    assert ["trainer" in built[0], "worker" in built[1], len(built)] == [True, True, 2], done.err
    assert done.calls[-1] == f"labeler release describe build/images --commit c0ffee --to {RELEASE}"


def test_no_sbom_is_a_hidden_file(make: Make, programs: Programs) -> None:
    """publish-release takes build/sbom/*.json, and a job's artifact leaves hidden files out."""
    programs.add("git", "echo requirements.lock .github/delivery/requirements.lock containers/worker/requirements.lock")
    programs.add("cyclonedx-py")
    done = make("sbom")
    written = [
        call.rpartition("--output-file build/sbom/")[2] for call in done.calls if call.startswith("cyclonedx-py")
    ]
    expected = ["requirements", "delivery-requirements", "containers-worker-requirements"]
    assert (done.code, written) == (0, [f"{name}.cdx.json" for name in expected]), done.err
