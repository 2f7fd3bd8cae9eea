"""A pipeline that is read from CloudFormation stacks: its names, variables and triggers."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from labeler.errors import SettingsError
from labeler_local.emulator.cloud import Cloud, started_cloud
from labeler_local.emulator.cloudformation import extend_cloudformation
from labeler_local.emulator.deployed import deployed_pipeline, deployed_stack
from labeler_local.emulator.pipeline import Pipeline
from tests.integration.emulator.pipeline_template import create_stack, template


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    with started_cloud() as cloud:
        extend_cloudformation(cloud.aws.session)
        yield cloud


def read_pipeline(cloud: Cloud, body: dict[str, Any], code: Path) -> Pipeline:
    stack = create_stack(cloud, body)
    return deployed_pipeline(cloud.aws, [stack], code=code, aws_variables=cloud.variables)


def test_resource_names_come_from_the_stack(cloud: Cloud, tmp_path: Path) -> None:
    resources = read_pipeline(cloud, template(), tmp_path).resources

    buckets = {one["Name"] for one in cloud.aws.s3.list_buckets()["Buckets"]}
    assert {
        resources.raw_bucket,
        resources.labels_bucket,
        resources.runs_bucket,
        resources.monitoring_bucket,
        resources.registry_bucket,
    } < buckets
    assert resources.raw_bucket.startswith("labeler-test-raw")
    assert [resources.ledger_table] == cloud.aws.dynamodb.list_tables()["TableNames"]
    queues = (
        resources.work_queue,
        resources.dead_letter_queue,
        resources.completion_queue,
        resources.completion_dead_letter_queue,
    )
    assert [queue.name for queue in queues] == ["work", "dead", "receipts", "dead-receipts"]
    assert (resources.glue_database, resources.glue_table) == ("labels_db", "labels")


def test_triggers_come_from_the_event_source_mapping_and_the_rule(cloud: Cloud, tmp_path: Path) -> None:
    pipeline = read_pipeline(cloud, template(), tmp_path)

    assert (pipeline.completion.queue.name, pipeline.completion.batch_size) == ("receipts", 7)
    assert pipeline.completion.function.startswith("labeler-test-Completion")
    assert pipeline.tick.function.startswith("labeler-test-Tick")
    assert {one.timeout_s for one in pipeline.functions} == {33}


def test_function_runs_from_its_bundle_with_only_its_own_variables(
    cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LABELER_WORK_QUEUE_URL", "of this shell")
    body = template()
    name = create_stack(cloud, body)

    with deployed_stack(tmp_path, cloud, stacks=[name], is_dispatching=False) as stack:
        seen = stack.invoke(stack.operator_settings.manifest_function, {})
        ticked = stack.tick()

    assert seen.keys() == body["Resources"]["Manifest"]["Properties"]["Environment"]["Variables"].keys()
    assert ticked["tick"].startswith("labeler-test-Tick")
    assert "LABELER_WORK_QUEUE_URL" not in ticked


def test_misspelt_variable_of_a_template_is_named(cloud: Cloud, tmp_path: Path) -> None:
    """Though other processes of the stack have it."""
    body = template()
    variables = body["Resources"]["Manifest"]["Properties"]["Environment"]["Variables"]
    variables["LABELER_WORK_QUEUE"] = variables.pop("LABELER_WORK_QUEUE_URL")

    with pytest.raises(SettingsError, match=r"labeler-test-Manifest\S+ .*LABELER_WORK_QUEUE_URL: field required"):
        read_pipeline(cloud, body, tmp_path)


def test_messages_wait_for_dispatch_and_moto_does_not_deliver_them(
    cloud: Cloud, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    name = create_stack(cloud, template())
    with deployed_stack(tmp_path, cloud, stacks=[name], is_dispatching=False) as stack:
        for number in range(9):
            stack.aws.sqs.send_message(QueueUrl=stack.resources.completion_queue.url, MessageBody=str(number))
        assert stack.completions_delivered == 0

        assert stack.deliver_completions() == 9

        assert stack.completions_delivered == 9
    assert "docker" not in caplog.text


@pytest.mark.parametrize(
    ("missing", "error"),
    [
        ("Mapping", "0 AWS::Lambda::EventSourceMapping"),
        ("EveryMinute", "0 AWS::Events::Rule"),
        ("Artifacts", "Artifacts"),
    ],
)
def test_stack_without_a_required_resource_is_refused_naming_it(
    cloud: Cloud, tmp_path: Path, missing: str, error: str
) -> None:
    body = template()
    del body["Resources"][missing]

    with pytest.raises(SettingsError, match=error):
        read_pipeline(cloud, body, tmp_path)


def test_stack_without_the_worker_environment_output_is_refused(cloud: Cloud, tmp_path: Path) -> None:
    body = template()
    body["Outputs"]["Workers"] = body["Outputs"].pop("WorkerEnvironment")

    with pytest.raises(SettingsError, match="no stack has the output WorkerEnvironment"):
        read_pipeline(cloud, body, tmp_path)


def test_completion_queue_without_a_dead_letter_queue_is_refused(cloud: Cloud, tmp_path: Path) -> None:
    body = template()
    del body["Resources"]["Receipts"]["Properties"]["RedrivePolicy"]

    with pytest.raises(SettingsError, match="the queue receipts has no dead letters"):
        read_pipeline(cloud, body, tmp_path)


def test_handler_missing_from_the_bundle_is_refused(cloud: Cloud, tmp_path: Path) -> None:
    body = template()
    body["Resources"]["Tick"]["Properties"]["Handler"] = "ticker.tick"

    with pytest.raises(SettingsError, match=r"has no ticker\.py"):
        read_pipeline(cloud, body, tmp_path)


def test_settings_as_options_of_a_deployment_are_refused(cloud: Cloud, tmp_path: Path) -> None:
    with (
        pytest.raises(SettingsError, match="has its own unit_max_files"),
        deployed_stack(tmp_path, cloud, stacks=[], unit_max_files=7),
    ):
        pass
