"""The run's queues keep the promises that the code relies on."""

from typing import Any

import pytest

from tests.infra.templates import STAGES, output_variables, text

pytestmark = pytest.mark.parametrize("stage", [*STAGES, "local"])


def queue(template: Any, begins: str) -> dict[str, Any]:
    properties: dict[str, Any] = template.one("AWS::SQS::Queue", begins)
    return properties


def test_visibility_timeout_is_what_workers_are_configured_with(stacks: Any, stage: str) -> None:
    template = stacks(stage, "pipeline")
    assert (
        str(queue(template, "WorkQueue")["VisibilityTimeout"])
        == output_variables(template, "WorkerEnvironment")["LABELER_VISIBILITY_TIMEOUT_S"]
    )


def test_visibility_timeout_is_shorter_than_a_unit_may_take(stacks: Any, stage: str) -> None:
    """A unit may take longer than its visibility: heartbeats extend it, up to the unit's own time-out."""
    worker = output_variables(stacks(stage, "pipeline"), "WorkerEnvironment")
    assert 60 <= int(worker["LABELER_VISIBILITY_TIMEOUT_S"]) <= int(worker["LABELER_UNIT_TIMEOUT_S"])


def test_completion_visibility_timeout_is_six_times_that_of_its_function(stacks: Any, stage: str) -> None:
    timeout = stacks(stage, "pipeline").one("AWS::Lambda::Function", "CompletionFunction")["Timeout"]
    assert queue(stacks(stage, "data"), "CompletionQueue")["VisibilityTimeout"] >= 6 * timeout


@pytest.mark.parametrize(("part", "name"), [("pipeline", "Work"), ("data", "Completion")])
def test_dead_letter_queue_takes_messages_from_its_own_queue_only(
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
def test_dead_letters_are_kept_longer_than_messages(stacks: Any, stage: str, part: str, name: str) -> None:
    template = stacks(stage, part)
    dead, source = queue(template, f"{name}DeadLetters"), queue(template, f"{name}Queue")
    assert dead["MessageRetentionPeriod"] > source["MessageRetentionPeriod"]


def test_queues_are_encrypted_and_deny_access_without_tls(stacks: Any, stage: str) -> None:
    for part in ("pipeline", "data"):
        template = stacks(stage, part)
        assert all(properties["SqsManagedSseEnabled"] for properties in template.of_type("AWS::SQS::Queue").values())
        guarded = {
            text(queue_url).split(">")[0]
            for policy in template.of_type("AWS::SQS::QueuePolicy").values()
            if any(s["Effect"] == "Deny" for s in policy["PolicyDocument"]["Statement"])
            for queue_url in policy["Queues"]
        }
        assert len(guarded) == len(template.of_type("AWS::SQS::Queue"))
