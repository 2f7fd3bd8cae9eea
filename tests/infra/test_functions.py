"""The run's functions and schedule keep the promises that the code relies on."""

from typing import Any

import pytest

from cdk.environments import ENVIRONMENTS
from cdk.run.bundle import PYTHON
from labeler import settings
from labeler.settings import PREFIX, MonitoringSettings, OperatorSettings, WorkerSettings
from tests.infra.templates import STAGES, output_variables, text

pytestmark = pytest.mark.parametrize("stage", [*STAGES, "local"])


def variables(template: Any, begins: str) -> dict[str, str]:
    function = template.one("AWS::Lambda::Function", begins)
    return {name: text(value) for name, value in function["Environment"]["Variables"].items()}


@pytest.mark.parametrize(
    ("begins", "kind"),
    [
        ("ManifestFunction", "ManifestSettings"),
        ("CompletionFunction", "CompletionSettings"),
        ("TickFunction", "CompletionSettings"),
    ],
)
def test_function_has_exactly_the_variables_that_its_settings_read(
    stacks: Any, stage: str, begins: str, kind: str
) -> None:
    model = getattr(settings, kind)
    own = {
        name: value
        for name, value in variables(stacks(stage, "pipeline"), begins).items()
        if name.startswith(settings.PREFIX)
    }
    read = model.from_environment(own)
    assert read.as_environment().keys() == own.keys()
    assert model.from_environment(read.as_environment()) == read
    required = {settings.PREFIX + name.upper() for name, field in model.model_fields.items() if field.is_required()}
    assert required <= own.keys()


def test_outputs_have_the_variables_that_workers_and_operators_read(stacks: Any, stage: str) -> None:
    template = stacks(stage, "pipeline")
    # a person runs `labeler run ...` and `labeler monitor ...` in the same terminal
    for output, models in (
        ("WorkerEnvironment", [WorkerSettings]),
        ("OperatorEnvironment", [OperatorSettings, MonitoringSettings]),
    ):
        own = {name: value for name, value in output_variables(template, output).items() if name.startswith(PREFIX)}
        understood = [model.from_environment(own).as_environment() for model in models]
        assert {name: value for each in understood for name, value in each.items()} == own


def test_processes_name_the_same_buckets_queues_and_tables(stacks: Any, stage: str) -> None:
    template = stacks(stage, "pipeline")
    processes = [
        variables(template, "ManifestFunction"),
        variables(template, "CompletionFunction"),
        output_variables(template, "WorkerEnvironment"),
        output_variables(template, "OperatorEnvironment"),
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
        assert (
            len({variables_of[f"LABELER_{name}"] for variables_of in processes if f"LABELER_{name}" in variables_of})
            == 1
        ), name


def test_functions_are_arm_with_a_pinned_runtime_and_their_own_role(stacks: Any, stage: str) -> None:
    functions = stacks(stage, "pipeline").of_type("AWS::Lambda::Function")
    assert len(functions) == 3
    assert {tuple(f["Architectures"]) for f in functions.values()} == {("arm64",)}
    assert {f["Runtime"] for f in functions.values()} == {f"python{PYTHON}"}
    assert len({text(f["Role"]) for f in functions.values()}) == 3


def test_logs_are_kept_as_long_as_the_environment_says(stacks: Any, stage: str) -> None:
    template = stacks(stage, "pipeline")
    groups = template.of_type("AWS::Logs::LogGroup").values()
    assert {group["RetentionInDays"] for group in groups} == {ENVIRONMENTS[stage].retention.logs}
    functions = template.of_type("AWS::Lambda::Function").values()
    assert len({text(f["LoggingConfig"]["LogGroup"]) for f in functions}) == len(groups) == 3


def test_units_are_as_large_as_the_environment_says(stacks: Any, stage: str) -> None:
    """KEDA scales by the same number."""
    unit_max_files = variables(stacks(stage, "pipeline"), "ManifestFunction")["LABELER_UNIT_MAX_FILES"]
    assert unit_max_files == str(ENVIRONMENTS[stage].run.unit_max_files)


def test_completion_mapping_reports_batch_item_failures(stacks: Any, stage: str) -> None:
    mapping = stacks(stage, "pipeline").one("AWS::Lambda::EventSourceMapping")
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert 2 <= mapping["ScalingConfig"]["MaximumConcurrency"] <= 10
    assert text(mapping["FunctionName"]).startswith("<CompletionFunction")
    assert "CompletionQueue" in text(mapping["EventSourceArn"])


def test_tick_runs_each_minute_and_a_late_one_is_dropped(stacks: Any, stage: str) -> None:
    rule = stacks(stage, "pipeline").one("AWS::Events::Rule")
    (target,) = rule["Targets"]
    assert rule["ScheduleExpression"] == "rate(1 minute)"
    assert text(target["Arn"]).startswith("<TickFunction")
    assert target["RetryPolicy"] == {"MaximumEventAgeInSeconds": 60, "MaximumRetryAttempts": 0}


def test_manifest_has_time_and_memory_for_three_million_files(stacks: Any, stage: str) -> None:
    """`make bench-manifest`: 19 s of CPU and 532 MB for a million."""
    function = stacks(stage, "pipeline").one("AWS::Lambda::Function", "ManifestFunction")
    cores = function["MemorySize"] / 1769
    assert function["MemorySize"] > 3 * 532
    assert function["Timeout"] > 5 * 3 * 19 / cores
