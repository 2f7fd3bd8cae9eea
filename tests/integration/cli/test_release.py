"""`labeler release`: what delivery asks of a stage and writes down of it, on the local AWS."""

import json
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.architecture.source import ROOT
from tests.integration.cli.conftest import DAY, RUN, Command, work_off
from tests.unit.release.archives import digest, write_archive

if TYPE_CHECKING:
    from labeler_local.emulator.stack import LocalStack

FIRST, SECOND = "a" * 40, "b" * 40


def build(commit: str, champion: str | None = None) -> Path:
    """As `make images` leaves it, in the folder of the test."""
    path = Path(f"{commit[0]}.json")
    images = {"worker": "sha256:" + commit[0] * 64}
    path.write_text(json.dumps({"commit": commit, "images": images, "champion": champion}))
    return path


def deployed(stack: "LocalStack", stage: str) -> None:
    """The stage's stack as CloudFormation tells of it."""
    template = {
        "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}},
        "Outputs": {"OperatorEnvironment": {"Value": json.dumps(stack.operator_settings.as_environment())}},
    }
    stack.aws.cloudformation.create_stack(StackName=f"labeler-{stage}-pipeline", TemplateBody=json.dumps(template))


def test_describe_records_the_digest_of_each_image(labeler: Command, tmp_path: Path) -> None:
    for number, name in enumerate(("mlflow", "worker"), start=1):
        write_archive(tmp_path / f"build/images/{name}.oci.tar", digest(number))
    (tmp_path / "params.yaml").write_bytes((ROOT / "params.yaml").read_bytes())
    result = labeler("release", "describe", "build/images", "--commit", FIRST, "--to", "build/release.json")
    assert result.code == 0, result.err
    listed = labeler("release", "images", "build/release.json")
    assert listed.out.splitlines() == [
        f"mlflow aaaaaaaaaaaa-000000000000 {digest(1)}",
        f"worker aaaaaaaaaaaa-000000000000 {digest(2)}",
    ]


def test_environment_prints_export_lines_of_a_stage(day: "LocalStack", labeler: Command) -> None:
    deployed(day, "prod")
    result = labeler("release", "environment", "--stage", "prod")
    assert result.code == 0, result.err
    script = result.out + 'printf "%s" "$LABELER_RUNS_BUCKET"'
    shell = subprocess.run(["sh", "-euc", script], capture_output=True, text=True, check=True, env={})  # noqa: S607
    assert shell.stdout == day.resources.runs_bucket
    assert labeler("release", "environment", "--stage", "staging").code == 65


def test_release_check_exits_75_while_a_run_is_open(day: "LocalStack", labeler: Command) -> None:
    assert labeler("release", "check").code == 0
    labeler("run", "start", "--date", DAY)
    refused = labeler("release", "check")
    assert (refused.code, RUN in refused.err) == (75, True)
    assert "labeler run watch" in refused.err
    work_off(day)
    assert labeler("release", "check").code == 0


def test_release_commands_need_only_the_name_of_the_stage(
    day: "LocalStack", labeler: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    never = labeler("release", "check", "--stage", "prod")
    assert (never.code, "prod was not deployed yet" in never.out) == (0, True), never.err
    early = labeler("release", "note", build(FIRST), "--stage", "prod")
    assert (early.code, "has no place for notes" in early.out) == (0, True), early.err
    missing = labeler("release", "list", "--stage", "prod")
    assert (missing.code, "no stack labeler-prod-pipeline" in missing.err) == (65, True)

    deployed(day, "prod")
    labeler("run", "start", "--date", DAY)
    for name in day.operator_settings.as_environment():
        monkeypatch.delenv(name, raising=False)  # all that is known is the stage
    assert labeler("release", "check", "--stage", "prod").code == 75
    assert "release 1" in labeler("release", "note", build(FIRST), "--stage", "prod").out


def test_current_prints_nothing_for_a_stage_without_releases(stack: "LocalStack", labeler: Command) -> None:
    for arguments in ((), ("--stage", "prod")):
        result = labeler("release", "current", *arguments)
        assert (result.code, result.out) == (0, ""), result.err


def test_release_is_noted_once_and_rollback_finds_the_one_before(stack: "LocalStack", labeler: Command) -> None:
    nothing = labeler("release", "before", "--to", "back.json")
    assert (nothing.code, "knows of no release that worked" in nothing.err) == (65, True)
    assert "release 1" in labeler("release", "note", build(FIRST), "--by", "anna").out
    again = labeler("release", "note", build(FIRST), "--json").json
    assert (again["number"], again["by"]) == (1, "anna"), "a job that runs twice is one release"
    for _ in range(2):
        assert "release 1 worked" in labeler("release", "confirm", build(FIRST)).out
    assert labeler("release", "note", build(SECOND), "--json").json["number"] == 2
    assert labeler("release", "current").out.strip() == f"2 {SECOND}"
    other = labeler("release", "confirm", build(FIRST))
    assert (other.code, f"newest release is 2, commit {SECOND[:12]}" in other.err) == (65, True)

    result = labeler("release", "before", "--to", "build/back.json")
    assert (result.code, result.out.strip()) == (0, f"1 {FIRST}"), result.err
    assert labeler("release", "images", "build/back.json").out.split()[2] == "sha256:" + "a" * 64
    went_back = labeler("release", "note", "build/back.json", "--back-to", 1, "--json").json
    assert (went_back["number"], went_back["back_to"], went_back["commit"]) == (3, 1, FIRST)
    assert labeler("release", "before", "--to", "x.json").out.strip() == f"1 {FIRST}", "it stopped half-way: again"
    assert "release 3 worked" in labeler("release", "confirm", "build/back.json").out
    assert labeler("release", "before", "--to", "x.json").code == 65, "release 1 was the first"
    assert labeler("release", "current").out.strip() == f"1 {FIRST}"
    assert labeler("release", "note", build(SECOND), "--json").json["number"] == 4, "merged again, it is a new release"


def test_release_list_marks_the_current_release_and_those_that_worked(stack: "LocalStack", labeler: Command) -> None:
    for commit in (FIRST, SECOND):
        labeler("release", "note", build(commit))
    labeler("release", "confirm", build(SECOND))
    labeler("release", "note", build(FIRST), "--back-to", 1)
    listed = labeler("release", "list", "--json").json
    assert [(each["number"], each["worked"]) for each in listed] == [(3, False), (2, True), (1, False)]
    shown = [line.split() for line in labeler("release", "list").out.splitlines() if FIRST[:12] in line]
    assert [(line[0], line[-1]) for line in shown] == [("3", "no"), ("*", "no")]
    assert "back to 1" in " ".join(shown[0])


@contextmanager
def working(stack: "LocalStack") -> Iterator[None]:
    """What dispatch and workers do, until the block ends."""
    ended = threading.Event()

    def work() -> None:
        while not ended.wait(0.2):
            work_off(stack)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def test_smoke_labels_a_new_run_each_time(day: "LocalStack", labeler: Command) -> None:
    with working(day):
        result = labeler("release", "smoke", "--files", 3, "--json")
    assert result.code == 0, result.err
    assert result.json["run_id"].startswith("smoke")
    assert result.json["state"] == "COMPLETE"
    assert result.json["rows_in"] == result.json["rows_labeled"] > 0
    assert labeler("run", "start", "--date", DAY, "--json").json["files"] == 3, "the daily run sees none of its files"


def test_smoke_fails_when_no_worker_labels_in_time(day: "LocalStack", labeler: Command) -> None:
    result = labeler("release", "smoke", "--files", 1, "--timeout", 1)
    assert (result.code, "is not published in time" in result.err) == (75, True)
