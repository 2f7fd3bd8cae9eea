"""`labeler release`: what delivery asks of a stage and writes down of it, on the embedded AWS."""

import json
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from labeler.models.registry import CHAMPION, SHA256_TAG, connect
from tests.architecture.source import ROOT
from tests.champion import MODEL
from tests.integration.cli.conftest import DAY, RUN, Command, work_off
from tests.unit.release.archives import digest, write_archive

if TYPE_CHECKING:
    from labeler.embedded.stack import LocalStack
    from tests.champion import TrainedChampion

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


def test_what_was_built_is_described_by_digests(labeler: Command, tmp_path: Path) -> None:
    for number, name in enumerate(("mlflow", "worker"), start=1):
        write_archive(tmp_path / f"build/images/{name}.oci.tar", digest(number))
    (tmp_path / "params.yaml").write_bytes((ROOT / "params.yaml").read_bytes())
    said = labeler("release", "describe", "build/images", "--commit", FIRST, "--to", "build/release.json")
    assert said.code == 0, said.err
    listed = labeler("release", "images", "build/release.json")
    assert listed.out.splitlines() == [
        f"mlflow aaaaaaaaaaaa-000000000000 {digest(1)}",
        f"worker aaaaaaaaaaaa-000000000000 {digest(2)}",
    ]


def test_a_terminal_takes_a_stage_s_variables_over(day: "LocalStack", labeler: Command) -> None:
    deployed(day, "prod")
    said = labeler("release", "environment", "--stage", "prod")
    assert said.code == 0, said.err
    script = said.out + 'printf "%s" "$LABELER_RUNS_BUCKET"'
    shell = subprocess.run(["sh", "-euc", script], capture_output=True, text=True, check=True, env={})  # noqa: S607
    assert shell.stdout == day.resources.runs_bucket
    assert labeler("release", "environment", "--stage", "staging").code == 65


def test_a_deployment_waits_for_the_run(day: "LocalStack", labeler: Command) -> None:
    assert labeler("release", "check").code == 0
    labeler("run", "start", "--date", DAY)
    refused = labeler("release", "check")
    assert (refused.code, RUN in refused.err) == (75, True)
    assert "labeler run watch" in refused.err
    work_off(day)
    assert labeler("release", "check").code == 0


def test_a_stage_is_found_by_its_name(day: "LocalStack", labeler: Command, monkeypatch: pytest.MonkeyPatch) -> None:
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


def test_releases_are_written_down_once_and_a_rollback_leads_back(stack: "LocalStack", labeler: Command) -> None:
    nothing = labeler("release", "before", "--to", "back.json")
    assert (nothing.code, "knows of no release before now" in nothing.err) == (65, True)
    assert "release 1" in labeler("release", "note", build(FIRST), "--by", "anna").out
    again = labeler("release", "note", build(FIRST), "--json").json
    assert (again["number"], again["by"]) == (1, "anna"), "a job that runs twice is one release"
    assert labeler("release", "note", build(SECOND), "--json").json["number"] == 2

    found = labeler("release", "before", "--to", "build/back.json")
    assert (found.code, found.out.strip()) == (0, f"1 {FIRST}"), found.err
    assert labeler("release", "images", "build/back.json").out.split()[2] == "sha256:" + "a" * 64
    went_back = labeler("release", "note", "build/back.json", "--back-to", 1, "--json").json
    assert (went_back["number"], went_back["back_to"], went_back["commit"]) == (3, 1, FIRST)
    listed = labeler("release", "list")
    assert (listed.code, "back to 1" in listed.out) == (0, True)
    assert [each["number"] for each in labeler("release", "list", "--json").json] == [3, 2, 1]
    assert labeler("release", "before", "--to", "x.json").code == 65, "release 1 was the first"
    assert labeler("release", "note", build(SECOND), "--json").json["number"] == 4, "merged again, it is a new release"


@pytest.fixture
def registry(champion: "TrainedChampion", tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    uri = champion.copied_to(tmp_path / "registry")
    monkeypatch.setenv("LABELER_REGISTRY_URI", uri)
    return uri


def test_a_rollback_takes_the_champion_back_that_its_release_had_brought(
    stack: "LocalStack", labeler: Command, registry: str
) -> None:
    client = connect(registry)
    first = client.get_model_version_by_alias(MODEL, CHAMPION)
    second = client.create_model_version(MODEL, first.source, first.run_id, tags=first.tags)
    client.set_model_version_tag(MODEL, second.version, "labeler.verdict", "passed")

    def champion() -> str:
        return str(client.get_model_version_by_alias(MODEL, CHAMPION).version)

    labeler("release", "note", build(FIRST, champion="0" * 64))
    labeler("release", "note", build(SECOND, champion=first.tags[SHA256_TAG]))
    promoted = labeler("model", "promote", second.version)
    assert (promoted.code, champion()) == (0, "2"), promoted.err
    stays = labeler("release", "restore-champion")
    assert ("the champion stays" in stays.out, champion()) == (True, "2"), "nothing was rolled back yet"

    labeler("release", "before", "--to", "back.json")
    labeler("release", "note", "back.json", "--back-to", 1)
    restored = labeler("release", "restore-champion", "--by", "anna")
    assert (restored.code, champion()) == (0, "1"), restored.err
    assert "release that brought it was rolled back" in str(client.get_registered_model(MODEL).tags)

    client.set_model_version_tag(MODEL, "1", SHA256_TAG, "f" * 64)
    stays = labeler("release", "restore-champion")
    assert ("did not bring" in stays.out, champion()) == (True, "1"), "once is enough"


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


def test_a_small_day_is_labeled_in_each_release_anew(day: "LocalStack", labeler: Command) -> None:
    with working(day):
        said = labeler("release", "smoke", "--files", 3, "--json")
    assert said.code == 0, said.err
    assert said.json["run_id"].startswith("smoke")
    assert said.json["state"] == "COMPLETE"
    assert said.json["rows_in"] == said.json["rows_labeled"] > 0
    assert labeler("run", "start", "--date", DAY, "--json").json["files"] == 3, "the daily run sees none of its files"


def test_a_small_day_that_nobody_labels_is_a_failure(day: "LocalStack", labeler: Command) -> None:
    said = labeler("release", "smoke", "--files", 1, "--timeout", 1)
    assert (said.code, "is not published in time" in said.err) == (75, True)
