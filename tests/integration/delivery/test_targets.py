"""What the make targets of a stage call, with programs that note it in the place of AWS's, the CDK's and ours."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.architecture.source import ROOT
from tests.architecture.workflows import STAGE_STEPS, commands, jobs
from tests.integration.delivery.conftest import Programs, Ran, Run

RELEASE = "build/release.json"
CDK = "cdk --no-notices --ci -c stages=dev -c release=build/release.json"
IMAGES = f"labeler release images {RELEASE}"
NOTE = f"labeler release note {RELEASE} --stage dev"
CALLS: dict[str, list[str]] = {
    "bootstrap": [f"{CDK} bootstrap", f"{CDK} deploy --require-approval never dev/delivery"],
    "check-newer": ["labeler release current --stage dev"],
    "check-runs": ["labeler release check --stage dev"],
    "push-images": [
        IMAGES,
        "aws ecr get-authorization-token --query authorizationData[0].proxyEndpoint --output text",
    ],
    "image-findings": [IMAGES],
    "diff": [f"{CDK} diff --method template dev/*"],
    "deploy": [NOTE, f"{CDK} deploy --require-approval never --concurrency 3 dev/*", NOTE],
    "promote": ["labeler release promote --from params.yaml --stage dev"],
    "smoke": ["labeler release smoke --stage dev"],
    "deploy-dags": ["aws s3 sync dags s3://airflow/dags --delete --exclude * --include *.py --include .airflowignore"],
    "confirm": [f"labeler release confirm {RELEASE} --stage dev"],
    "restore-champion": ["labeler release restore-champion --stage dev"],
}
Make = Callable[..., Ran]


@pytest.fixture
def make(programs: Programs, run: Run, tmp_path: Path) -> Make:
    """`make(target, ...)` in a checkout with a build, whose environments are these programs."""
    shutil.copy(ROOT / "Makefile", tmp_path)
    shutil.copytree(ROOT / ".github/delivery", tmp_path / ".github/delivery")
    (tmp_path / "build").mkdir()
    (tmp_path / RELEASE).write_text("{}")
    for name in ("cdk", "labeler", "skopeo", "make"):
        programs.add(name)
    programs.add("aws", '[ "$1" = ssm ] && exec sleep 10\necho i-1')
    folder = programs.folder
    ready = {name: folder / name.lower() for name in ("READY", "CDK_READY", "TOOLS_READY", "CDK")}
    variables = [f"{name}={path}" for name, path in (dict.fromkeys(("BIN", "NODE", "TOOLS"), folder) | ready).items()]
    old = [argument for path in ready.values() for argument in ("-o", str(path))]
    environment = {"LABELER_REGISTRY_URI": "http://registry", "DAGS_URI": "s3://airflow/dags", "RELEASE": "0.1.0"}
    itself = Path(str(shutil.which("make")))

    def call_make(target: str, *arguments: str, **named: str) -> Ran:
        return run(itself, *old, *variables, target, *(arguments or ("STAGE=dev",)), environment=environment | named)

    return call_make


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


@pytest.mark.parametrize("target", [target for target in (*CALLS, "rollback") if target != "deploy-dags"])
def test_an_empty_or_unknown_stage_is_refused(make: Make, target: str) -> None:
    for stage in ("STAGE=", "STAGE=production"):
        refused = make(target, stage)
        assert (refused.code, "say which stage" in refused.err, refused.calls) == (2, True, [])


def test_deploy_dags_is_refused_without_an_airflow_folder(make: Make) -> None:
    refused = make("deploy-dags", "DAGS_URI=")
    assert (refused.code, "say where Airflow reads" in refused.err, refused.calls) == (2, True, [])


def test_a_failed_deployment_is_noted_before_and_not_after(make: Make, programs: Programs) -> None:
    programs.add("cdk", "exit 1")
    failed = make("deploy")
    assert (failed.code, failed.calls[0], len(failed.calls)) == (2, NOTE, 2)


def test_deploy_is_refused_without_a_build(make: Make, tmp_path: Path) -> None:
    (tmp_path / RELEASE).unlink()
    refused = make("deploy")
    assert (refused.code, "make images" in refused.out, refused.calls) == (2, True, [])


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
