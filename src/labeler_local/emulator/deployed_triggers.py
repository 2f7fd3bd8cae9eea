"""Queues, event source mapping and schedule as CloudFormation deployed them."""

import json

from labeler.aws import Aws
from labeler.aws_errors import translated_errors
from labeler.errors import SettingsError
from labeler_local.emulator.cloudformation_stacks import HINT, Stacks
from labeler_local.emulator.pipeline import EventSource, Queue, Rule


def queue_by_url(aws: Aws, url: str) -> Queue:
    with translated_errors(f"looking at the queue {url}"):
        attributes = aws.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
    return Queue(name=url.rpartition("/")[2], url=url, arn=attributes["QueueArn"])


def dead_letter_queue_of(aws: Aws, queue: Queue) -> Queue:
    with translated_errors(f"looking at the queue {queue.name}"):
        response = aws.sqs.get_queue_attributes(QueueUrl=queue.url, AttributeNames=["RedrivePolicy"])
    policy = response.get("Attributes", {}).get("RedrivePolicy")
    if policy is None:
        raise SettingsError(f"the queue {queue.name} has no dead letters", hint=HINT)
    return _queue_by_arn(aws, json.loads(policy)["deadLetterTargetArn"])


def event_source(aws: Aws, stacks: Stacks) -> EventSource:
    mapping_id = stacks.only("AWS::Lambda::EventSourceMapping").physical_id
    with translated_errors("looking at the event source mapping"):
        mapping = aws.lambda_.get_event_source_mapping(UUID=mapping_id)
    queue = _queue_by_arn(aws, mapping["EventSourceArn"])
    return EventSource(queue, mapping["FunctionArn"].rpartition(":")[2], mapping["BatchSize"])


def schedule_rule(aws: Aws, stacks: Stacks) -> Rule:
    name, events = stacks.only("AWS::Events::Rule").physical_id, aws.session.client("events")
    with translated_errors(f"looking at the rule {name}"):
        arn = events.describe_rule(Name=name)["Arn"]
        targets = events.list_targets_by_rule(Rule=name)["Targets"]
    if len(targets) != 1:
        raise SettingsError(f"the rule {name} has {len(targets)} targets", hint=HINT)
    return Rule(arn, targets[0]["Arn"].rpartition(":")[2])


def _queue_by_arn(aws: Aws, arn: str) -> Queue:
    with translated_errors(f"looking for the queue {arn}"):
        return queue_by_url(aws, aws.sqs.get_queue_url(QueueName=arn.rpartition(":")[2])["QueueUrl"])
