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
    shutil.copytree(ROOT / "delivery", tmp_path / "delivery")
    (tmp_path / "build").mkdir()
    (tmp_path / RELEASE).write_text("{}")
    for name in ("cdk", "labeler", "skopeo", "make"):
        programs.add(name)
    programs.add("aws", '[ "$1" = ssm ] && exec sleep 10\necho i-1')
    folder = programs.folder
    made = {"READY": folder / "environment", "CDK_READY": folder / "environment-of-cdk", "CDK": folder / "cdk"}
    given = [f"{name}={path}" for name, path in ({"BIN": folder, "NODE": folder} | made).items()]
    old = [argument for path in made.values() for argument in ("-o", str(path))]
    environment = {"LABELER_REGISTRY_URI": "http://registry", "DAGS_URI": "s3://airflow/dags", "RELEASE": "0.1.0"}
    itself = Path(str(shutil.which("make")))

    def made_of(target: str, *arguments: str, **named: str) -> Ran:
        return run(itself, *old, *given, target, *(arguments or ("STAGE=dev",)), environment=environment | named)

    return made_of


@pytest.mark.parametrize("target", CALLS)
def test_a_target_calls_this(make: Make, target: str) -> None:
    done = make(target)
    # the two ends of a pipe begin in any order
    assert (done.code, [call for call in done.calls if "login" not in call]) == (0, CALLS[target]), done.err


def test_each_target_that_a_workflow_calls_for_a_stage_is_here() -> None:
    workflows = {name: jobs(ROOT / f".github/workflows/{name}.yml") for name in ("deploy-stage", "rollback")}
    called = {command for found in workflows.values() for job in found.values() for command in commands(job)}
    assert {*STAGE_STEPS, "rollback"} <= {*CALLS, "rollback"}
    assert called == {f"make {target}" for target in (*STAGE_STEPS, "rollback")}


@pytest.mark.parametrize("target", [target for target in (*CALLS, "rollback") if target != "deploy-dags"])
def test_without_a_stage_that_we_have_nothing_is_called(make: Make, target: str) -> None:
    for said in ("STAGE=", "STAGE=production"):
        refused = make(target, said)
        assert (refused.code, "say which stage" in refused.err, refused.calls) == (2, True, [])


def test_without_airflow_s_folder_no_dag_is_sent(make: Make) -> None:
    refused = make("deploy-dags", "DAGS_URI=")
    assert (refused.code, "say where Airflow reads" in refused.err, refused.calls) == (2, True, [])


def test_a_deployment_that_fails_was_noted_before_and_no_more(make: Make, programs: Programs) -> None:
    programs.add("cdk", "exit 1")
    failed = make("deploy")
    assert (failed.code, failed.calls[0], len(failed.calls)) == (2, NOTE, 2)


def test_without_a_build_nothing_is_deployed(make: Make, tmp_path: Path) -> None:
    (tmp_path / RELEASE).unlink()
    refused = make("deploy")
    assert (refused.code, "make images" in refused.out, refused.calls) == (2, True, [])


def test_who_asked_is_written_down_and_where_it_goes_back_to(make: Make) -> None:
    for target in ("deploy", "promote", "restore-champion", "confirm"):
        assert make(target, GITHUB_ACTOR="anna").calls[-1].endswith("--by anna"), target
    assert make("deploy", "STAGE=dev", "BACK_TO=7").calls[-1] == f"{NOTE} --back-to 7"


@pytest.mark.parametrize("target", ["promote", "restore-champion"])
def test_a_registry_that_nobody_names_is_reached_by_a_session(make: Make, programs: Programs, target: str) -> None:
    programs.add("curl", f'grep --quiet start-session "{programs.folder}/calls" && ! [ -e "{programs.folder}/done" ]')
    programs.add("labeler", f'echo "at $LABELER_REGISTRY_URI"\ntouch "{programs.folder}/done"')
    done = make(target, LABELER_REGISTRY_URI="")
    assert (done.code, "at http://localhost:5000" in done.out) == (0, True), done.err
    (host,) = (call for call in done.calls if "describe-instances" in call)
    assert "Values=labeler-dev-monitoring" in host


def test_what_happens_to_a_stage_is_in_the_job_s_summary(make: Make, programs: Programs, tmp_path: Path) -> None:
    summary = tmp_path / "summary.md"
    programs.add("labeler", "echo the champion stays")
    programs.add("cdk", "echo one more alarm")
    for target in ("diff", "promote"):
        assert make(target, GITHUB_STEP_SUMMARY=str(summary)).code == 0
    assert summary.read_text().splitlines() == [
        "### cdk diff: dev", "```", "one more alarm", "```", "### champion of dev", "the champion stays",
    ]  # fmt: skip


@pytest.mark.parametrize(("arguments", "number"), [((), ""), (("BACK_TO=3",), " --number 3")])
def test_a_rollback_asks_for_the_release_before(
    make: Make, programs: Programs, tmp_path: Path, arguments: tuple[str, ...], number: str
) -> None:
    programs.add("labeler", "exit 65")
    asked = f"labeler release before --stage dev --to {tmp_path}/build/rollback-dev.json{number}"
    assert make("rollback", "STAGE=dev", *arguments).calls == [asked]


def test_images_are_built_from_each_folder_and_described(make: Make, programs: Programs, tmp_path: Path) -> None:
    for name in ("trainer", "worker"):
        (tmp_path / "containers" / name).mkdir(parents=True)
        (tmp_path / "containers" / name / "Dockerfile").touch()
    programs.add("docker")
    programs.add("git", "echo c0ffee")
    done = make("images")
    built = [call for call in done.calls if call.startswith("docker buildx build")]
    assert ["trainer" in built[0], "worker" in built[1], len(built)] == [True, True, 2], done.err
    assert done.calls[-1] == f"labeler release describe build/images --commit c0ffee --to {RELEASE}"
