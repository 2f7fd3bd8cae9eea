"""The run's queues, functions and schedule keep the promises that the code relies on."""

import json
from typing import Any

import pytest

from tests.infra.templates import STAGES, text

pytestmark = pytest.mark.parametrize("stage", [*STAGES, "local"])


def queue(template: Any, begins: str) -> dict[str, Any]:
    found: dict[str, Any] = template.one("AWS::SQS::Queue", begins)
    return found


def told(template: Any, name: str) -> dict[str, str]:
    """Variables of an output, tokens as text."""
    found: dict[str, str] = json.loads(text(template.body["Outputs"][name]["Value"]))
    return found


def variables(template: Any, begins: str) -> dict[str, str]:
    function = template.one("AWS::Lambda::Function", begins)
    return {name: text(value) for name, value in function["Environment"]["Variables"].items()}


def test_a_unit_stays_hidden_as_long_as_its_worker_thinks(stacks: Any, stage: str) -> None:
    template = stacks(stage, "pipeline")
    assert (
        str(queue(template, "WorkQueue")["VisibilityTimeout"])
        == told(template, "WorkerEnvironment")["LABELER_VISIBILITY_TIMEOUT_S"]
    )


def test_a_heartbeat_comes_before_the_unit_shows_again(stacks: Any, stage: str) -> None:
    """A unit may take longer than its visibility: heartbeats extend it, up to the unit's own time-out."""
    worker = told(stacks(stage, "pipeline"), "WorkerEnvironment")
    assert 60 <= int(worker["LABELER_VISIBILITY_TIMEOUT_S"]) <= int(worker["LABELER_UNIT_TIMEOUT_S"])


def test_a_completion_message_stays_hidden_for_six_times_its_function(stacks: Any, stage: str) -> None:
    timeout = stacks(stage, "pipeline").one("AWS::Lambda::Function", "CompletionFunction")["Timeout"]
    assert queue(stacks(stage, "data"), "CompletionQueue")["VisibilityTimeout"] >= 6 * timeout


@pytest.mark.parametrize(("part", "name"), [("pipeline", "Work"), ("data", "Completion")])
def test_what_is_received_too_often_goes_to_dead_letters_that_take_from_nobody_else(
    stacks: Any, stage: str, part: str, name: str
) -> None:
    template = stacks(stage, part)
    source, dead = queue(template, f"{name}Queue"), queue(template, f"{name}DeadLetters")
    assert text(source["RedrivePolicy"]["deadLetterTargetArn"]).startswith(f"<{name}DeadLetters")
    assert 3 <= source["RedrivePolicy"]["maxReceiveCount"] <= 10
    allowed = dead["RedriveAllowPolicy"]
    assert allowed["redrivePermission"] == "byQueue"
    assert [text(arn).rpartition(":")[2] for arn in allowed["sourceQueueArns"]] == [source["QueueName"]]


@pytest.mark.parametrize(("part", "name"), [("pipeline", "Work"), ("data", "Completion")])
def test_a_dead_letter_lives_longer_than_its_queue(stacks: Any, stage: str, part: str, name: str) -> None:
    template = stacks(stage, part)
    dead, source = queue(template, f"{name}DeadLetters"), queue(template, f"{name}Queue")
    assert dead["MessageRetentionPeriod"] > source["MessageRetentionPeriod"]


def test_queues_are_encrypted_and_over_tls(stacks: Any, stage: str) -> None:
    for part in ("pipeline", "data"):
        template = stacks(stage, part)
        assert all(made["SqsManagedSseEnabled"] for made in template.of_type("AWS::SQS::Queue").values())
        guarded = {
            text(named).split(">")[0]
            for policy in template.of_type("AWS::SQS::QueuePolicy").values()
            if any(s["Effect"] == "Deny" for s in policy["PolicyDocument"]["Statement"])
            for named in policy["Queues"]
        }
        assert len(guarded) == len(template.of_type("AWS::SQS::Queue"))


@pytest.mark.parametrize(
    ("begins", "kind"),
    [
        ("ManifestFunction", "ManifestSettings"),
        ("CompletionFunction", "CompletionSettings"),
        ("TickFunction", "CompletionSettings"),
    ],
)
def test_a_function_gets_the_variables_that_its_settings_read(stacks: Any, stage: str, begins: str, kind: str) -> None:
    from labeler import settings

    model = getattr(settings, kind)
    found = {
        name: value
        for name, value in variables(stacks(stage, "pipeline"), begins).items()
        if name.startswith(settings.PREFIX)
    }
    read = model.from_environment(found)
    assert read.as_environment().keys() == found.keys()
    assert model.from_environment(read.as_environment()) == read
    required = {settings.PREFIX + name.upper() for name, field in model.model_fields.items() if field.is_required()}
    assert required <= found.keys()


def test_workers_and_people_get_what_their_settings_read(stacks: Any, stage: str) -> None:
    from labeler.settings import PREFIX, MonitoringSettings, OperatorSettings, WorkerSettings

    template = stacks(stage, "pipeline")
    # a person runs `labeler run ...` and `labeler monitor ...` in the same terminal
    for output, models in (
        ("WorkerEnvironment", [WorkerSettings]),
        ("OperatorEnvironment", [OperatorSettings, MonitoringSettings]),
    ):
        found = {name: value for name, value in told(template, output).items() if name.startswith(PREFIX)}
        understood = [model.from_environment(found).as_environment() for model in models]
        assert {name: value for each in understood for name, value in each.items()} == found


def test_all_processes_name_the_same_places(stacks: Any, stage: str) -> None:
    template = stacks(stage, "pipeline")
    everyone = [
        variables(template, "ManifestFunction"),
        variables(template, "CompletionFunction"),
        told(template, "WorkerEnvironment"),
        told(template, "OperatorEnvironment"),
    ]
    for name in (
        "RAW_BUCKET",
        "LABELS_BUCKET",
        "RUNS_BUCKET",
        "WORK_QUEUE_URL",
        "LEDGER_TABLE",
        "DEAD_LETTER_QUEUE_URL",
        "DEADLINE_S",
    ):
        assert len({found[f"LABELER_{name}"] for found in everyone if f"LABELER_{name}" in found}) == 1, name


def test_functions_are_arm_with_a_pinned_runtime_and_their_own_role(stacks: Any, stage: str) -> None:
    from parts.bundle import PYTHON

    made = stacks(stage, "pipeline").of_type("AWS::Lambda::Function")
    assert len(made) == 3
    assert {tuple(f["Architectures"]) for f in made.values()} == {("arm64",)}
    assert {f["Runtime"] for f in made.values()} == {f"python{PYTHON}"}
    assert len({text(f["Role"]) for f in made.values()}) == 3


def test_logs_end_when_the_environment_says(stacks: Any, stage: str) -> None:
    from environments import ENVIRONMENTS

    template = stacks(stage, "pipeline")
    groups = template.of_type("AWS::Logs::LogGroup").values()
    assert {group["RetentionInDays"] for group in groups} == {ENVIRONMENTS[stage].retention.logs}
    functions = template.of_type("AWS::Lambda::Function").values()
    assert len({text(f["LoggingConfig"]["LogGroup"]) for f in functions}) == len(groups) == 3


def test_units_are_as_large_as_the_environment_says(stacks: Any, stage: str) -> None:
    """KEDA scales by the same number."""
    from environments import ENVIRONMENTS

    told_to_manifest = variables(stacks(stage, "pipeline"), "ManifestFunction")["LABELER_UNIT_MAX_FILES"]
    assert told_to_manifest == str(ENVIRONMENTS[stage].run.unit_max_files)


def test_a_batch_of_receipts_fails_message_by_message(stacks: Any, stage: str) -> None:
    mapping = stacks(stage, "pipeline").one("AWS::Lambda::EventSourceMapping")
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert 2 <= mapping["ScalingConfig"]["MaximumConcurrency"] <= 10
    assert text(mapping["FunctionName"]).startswith("<CompletionFunction")
    assert "CompletionQueue" in text(mapping["EventSourceArn"])


def test_the_tick_comes_each_minute_and_a_late_one_is_dropped(stacks: Any, stage: str) -> None:
    rule = stacks(stage, "pipeline").one("AWS::Events::Rule")
    (target,) = rule["Targets"]
    assert rule["ScheduleExpression"] == "rate(1 minute)"
    assert text(target["Arn"]).startswith("<TickFunction")
    assert target["RetryPolicy"] == {"MaximumEventAgeInSeconds": 60, "MaximumRetryAttempts": 0}


def test_the_manifest_has_the_time_and_memory_that_three_million_files_take(stacks: Any, stage: str) -> None:
    """`make bench-manifest`: 19 s of CPU and 532 MB for a million."""
    function = stacks(stage, "pipeline").one("AWS::Lambda::Function", "ManifestFunction")
    cores = function["MemorySize"] / 1769
    assert function["MemorySize"] > 3 * 532
    assert function["Timeout"] > 5 * 3 * 19 / cores
