"""`labeler experiment evaluate`, `gate` and `report`: what people see, what programs read, and who is alarmed."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from labeler.experiment.files import ExperimentFiles
from tests.architecture.source import ROOT
from tests.integration.cli.conftest import Command, CommandResult
from tests.integration.experiment import finished
from tests.integration.experiment.planned import NAMES
from tests.integration.experiment.toy_experiment import LOADABLE_ADDRESS, MODEL, ToyExperiment, train_toys

if TYPE_CHECKING:
    from labeler_local.emulator.stack import LocalStack
    from tests.champion import TrainedChampion

DIRECTORY = Path("build/experiment")
CRITERIA = (ROOT / "gate.yaml").read_text(encoding="utf-8")
IMPOSSIBLE = CRITERIA.replace("min_macro_f1: 0.20", "min_macro_f1: 0.99")
NAMED = (
    "accuracy above majority", "accuracy above majority (low end)", "macro-F1", "accuracy of the surest 30%",
    "calibration error", "log loss", "F1 of SERVIÇO", "F1 of RESTAURANTE", "unseen: accuracy above majority",
    "accuracy against champion", "accuracy against champion (high end)", "macro-F1 against champion",
    "macro-F1 against champion (high end)", "us per row",
)  # fmt: skip


@pytest.fixture
def files(labeler: Command, tmp_path: Path) -> ExperimentFiles:
    """Two evaluated candidates that both meet the repository's criteria, where the commands look for them."""
    (tmp_path / "gate.yaml").write_text(CRITERIA, encoding="utf-8")
    return finished.write(tmp_path / DIRECTORY, finished.candidates("trees_1", "trees_2"), champion=None)


def nothing_passes(files: ExperimentFiles, labeler: Command, *options: str) -> CommandResult:
    Path("gate.yaml").write_text(IMPOSSIBLE, encoding="utf-8")
    return labeler("experiment", "gate", *options)


def line_of(text: str, start: str) -> str:
    return next(line for line in text.splitlines() if line.strip().startswith(start))


def test_gate_lists_the_criteria_that_each_candidate_meets(labeler: Command, files: ExperimentFiles) -> None:
    result = labeler("experiment", "gate")

    assert result.code == 0, result.err
    for candidate in ("trees_1", "trees_2"):
        assert f"{candidate} passes" in result.out
    for name in NAMED:
        assert sum(line.strip().startswith(f"{name} ") for line in result.out.splitlines()) >= 2, name
    assert line_of(result.out, "log loss").split() == ["log", "loss", "1.5", "<=", "2", "met"]
    assert "not evaluated" in line_of(result.out, "F1 of SERVIÇO")
    assert "no champion yet" in line_of(result.out, "macro-F1 against champion")
    assert result.out.rstrip().endswith("winner: trees_2")
    result = labeler("experiment", "gate", "--json")
    assert (result.code, result.json) == (0, json.loads(files.verdict.read_bytes()))
    assert result.json["winner"] == "trees_2"


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_gate_exits_3_after_the_verdict_when_no_candidate_passes(
    labeler: Command, files: ExperimentFiles, options: tuple[str, ...]
) -> None:
    result = nothing_passes(files, labeler, *options)

    assert result.code == 3
    assert f"none of 2 candidates of experiment {finished.EXPERIMENT} passes the gate" in result.err
    assert f"labeler experiment report --directory {DIRECTORY}" in result.err
    verdict = json.loads(files.verdict.read_bytes())
    assert verdict["winner"] is None
    if options:
        assert result.json == verdict
    else:
        assert "NOT MET" in line_of(result.out, "macro-F1 ")
        assert "trees_2 does not pass" in result.out
        assert "winner" not in result.out


def test_gate_refuses_criteria_that_are_incomplete_or_name_unknown_categories(
    labeler: Command, files: ExperimentFiles
) -> None:
    before = files.verdict.read_bytes()
    for text, expected in (
        (CRITERIA.replace("min_macro_f1: 0.20", ""), "later.min_macro_f1: Field required"),
        (CRITERIA.replace("SERVIÇO", "SERVICO"), "the task has no category SERVICO"),
    ):
        Path("other.yaml").write_text(text, encoding="utf-8")
        refused = labeler("experiment", "gate", "--criteria", "other.yaml")
        assert (refused.code, expected in refused.err) == (65, True), refused.err
    assert files.verdict.read_bytes() == before


def test_gate_names_the_missing_earlier_step(labeler: Command, files: ExperimentFiles) -> None:
    for step, missing in (("gate", "evaluate"), ("report", "plan")):
        result = labeler("experiment", step, "--directory", "empty")
        assert (result.code, f"run `labeler experiment {missing}` first" in result.err) == (65, True), result.err


def test_report_links_its_plots(labeler: Command, files: ExperimentFiles) -> None:
    labeler("experiment", "gate")
    files.plot("coverage").write_bytes(finished.PNG)

    result = labeler("experiment", "report")

    assert (result.code, result.out.strip()) == (0, f"report: {DIRECTORY / 'report.md'}")
    text = files.report.read_text(encoding="utf-8")
    assert "**trees_2** wins" in text
    assert "](evaluation/coverage.png)" in text
    result = labeler("experiment", "report", "--picture-base", "https://there/raw", "--json")
    assert result.json == {"report": str(DIRECTORY / "report.md")}
    assert "](https://there/raw/coverage.png)" in files.report.read_text(encoding="utf-8")


def test_gate_publishes_an_alarm_when_no_candidate_passes(
    stack: "LocalStack", labeler: Command, files: ExperimentFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    sns, sqs = stack.aws.sns, stack.aws.sqs
    topic = sns.create_topic(Name="alarms")["TopicArn"]
    queue = sqs.create_queue(QueueName="listener")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    monkeypatch.setenv("LABELER_ALARM_TOPIC_ARN", topic)

    assert labeler("experiment", "gate").code == 0
    assert "Messages" not in sqs.receive_message(QueueUrl=queue), "a winner alarms nobody"
    assert nothing_passes(files, labeler).code == 3

    (message,) = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)["Messages"]
    message = json.loads(message["Body"])
    assert message["Subject"] == f"labeler: no candidate of experiment {finished.EXPERIMENT} passes the gate"
    assert "The nearest miss is trees_2." in message["Message"]
    assert "macro-F1: 0.23, asked >= 0.99" in message["Message"]
    assert "trees_1: misses macro-F1" in message["Message"]
    assert f"labeler experiment report --directory {DIRECTORY}" in message["Message"]


def test_gate_prints_the_verdict_when_the_alarm_topic_is_missing(
    stack: "LocalStack", labeler: Command, files: ExperimentFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    arn = stack.aws.sns.create_topic(Name="gone")["TopicArn"]
    stack.aws.sns.delete_topic(TopicArn=arn)
    monkeypatch.setenv("LABELER_ALARM_TOPIC_ARN", arn)

    result = nothing_passes(files, labeler, "--json")

    assert (result.code, result.json["winner"]) == (3, None)
    assert f"telling the topic {arn} that nothing passed" in result.err
    assert "none of 2 candidates" in result.err


@pytest.fixture(scope="module")
def toys(champion: "TrainedChampion", tmp_path_factory: pytest.TempPathFactory) -> ToyExperiment:
    directory = tmp_path_factory.mktemp("toys")
    return train_toys(directory / "experiment", champion.copied_to(directory))


def test_evaluate_shows_candidates_champion_and_majority(
    labeler: Command, toys: ToyExperiment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = toys.copied_to(tmp_path)
    version = copy.crown("linear_1", split=None)
    for name, value in (("TASK", LOADABLE_ADDRESS), ("REGISTRY_URI", copy.registry), ("MODEL_NAME", MODEL)):
        monkeypatch.setenv(f"LABELER_{name}", value)
    (tmp_path / "params.yaml").write_text((ROOT / "params.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    floors = "{SERVIÇO: 0.4, RESTAURANTE: 0.3}"
    (tmp_path / "gate.yaml").write_text(CRITERIA.replace(floors, "{BLUE: 0.3}"), encoding="utf-8")

    result = labeler("experiment", "evaluate", "--directory", copy.files.directory)

    assert result.code == 0, result.err
    kept = json.loads(copy.files.evaluation.read_bytes())
    for one in kept["candidates"]:
        score = one["later"]["score"]
        assert line_of(result.out, one["name"]).split()[1:3] == [f"{score['accuracy']:.3f}", f"{score['macro_f1']:.3f}"]
        assert one["us_per_row"] > 0
    assert [one["name"] for one in kept["candidates"]] == NAMES
    assert f"champion, version {version}" in result.out
    assert "always BLUE" in result.out
    assert "may have seen these rows" in result.out
    assert f"evaluation: {copy.files.evaluation}" in result.out
    gated = labeler("experiment", "gate", "--directory", copy.files.directory)
    assert (gated.code, "macro-F1 against champion" in gated.out) == (0, True), gated.err
    copy.files.bundle("trees_1").write_bytes(b"other")
    refused = labeler("experiment", "evaluate", "--directory", copy.files.directory, "--json")
    assert (refused.code, "model trees_1 version candidate hashes to" in refused.err) == (65, True)
