"""Whom alarms call: an encrypted topic, open to CloudWatch, the trainer and Airflow."""

from typing import Any

import pytest

from cdk.environments import ENVIRONMENTS
from tests.infra.templates import STAGES, alarms, as_list, text

pytestmark = pytest.mark.parametrize("stage", STAGES)


def test_every_alarm_notifies_the_topic_when_it_fires_and_when_it_ends(stacks: Any, stage: str) -> None:
    template = stacks(stage, "pipeline")
    (topic,) = template.of_type("AWS::SNS::Topic")
    (exported,) = (
        f"<{output['Export']['Name']}>"
        for output in template.body["Outputs"].values()
        if text(output["Value"]) == f"<{topic}>" and "Export" in output
    )
    for alarm in alarms(stacks, stage).values():
        assert [text(action) for action in alarm["AlarmActions"]] == [exported]
        assert [text(action) for action in alarm["OKActions"]] == [exported]
    subscribed = [s["Endpoint"] for s in template.of_type("AWS::SNS::Subscription").values()]
    assert subscribed == [email for email in [ENVIRONMENTS[stage].alarm_email] if email]


def allowed_to_service(statements: list[dict[str, Any]], service: str) -> dict[str, set[str]]:
    """What a resource's policy allows a service on behalf of this account only: action -> resources."""
    allowed: dict[str, set[str]] = {}
    for statement in statements:
        if statement["Effect"] != "Allow" or statement["Principal"] != {"Service": service}:
            continue
        assert statement["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}
        for action in as_list(statement["Action"]):
            allowed.setdefault(action, set()).update(text(resource) for resource in as_list(statement["Resource"]))
    return allowed


def test_topic_is_encrypted_and_cloudwatch_may_publish(stacks: Any, stage: str) -> None:
    """A topic's policy takes the place of SNS's own, so it has to say that alarms may come in."""
    template = stacks(stage, "pipeline")
    (topic,) = template.of_type("AWS::SNS::Topic")
    assert "KmsMasterKeyId" in template.one("AWS::SNS::Topic")
    key = allowed_to_service(template.one("AWS::KMS::Key")["KeyPolicy"]["Statement"], "cloudwatch.amazonaws.com")
    assert set(key) == {"kms:Decrypt", "kms:GenerateDataKey"}
    policy = template.one("AWS::SNS::TopicPolicy")
    assert [text(each) for each in policy["Topics"]] == [f"<{topic}>"]
    published = allowed_to_service(policy["PolicyDocument"]["Statement"], "cloudwatch.amazonaws.com")
    assert published == {"sns:Publish": {f"<{topic}>"}}


@pytest.mark.parametrize(("part", "role"), [("cluster", "JobsTrainerRole"), ("pipeline", "Orchestrator")])
def test_trainer_and_airflow_may_publish_to_the_encrypted_topic(stacks: Any, stage: str, part: str, role: str) -> None:
    allowed = stacks(stage, part).allowed(role)
    (topic,) = allowed["sns:Publish"]
    assert "AlarmsTopic" in topic
    assert "*" not in topic
    for use in ("kms:Decrypt", "kms:GenerateDataKey"):
        assert any("AlarmsKey" in key for key in allowed[use]), use
