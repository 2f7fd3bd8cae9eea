"""What each process of a run may do. Every action is one that its code calls; nothing else is here."""

from aws_cdk import aws_iam as iam
from aws_cdk import aws_sqs as sqs

from cdk.access import Grantee, allow_putting_metrics, allow_reading_secret
from cdk.data import key_patterns as keys
from cdk.data.queues import QueueWithDeadLetters, allow_queue
from cdk.data.resources import DataResources
from cdk.monitoring.alarm_topic import AlarmTopic
from labeler.telemetry import NAMESPACE


def grant_manifest(role: iam.Role, data: DataResources, work: sqs.IQueue) -> None:
    data.raw.allow_listing(role)
    data.runs.allow_listing(role)
    read = (keys.PINS, keys.INDEX, keys.SLICES, keys.REFERENCE, keys.SEEN, keys.MODELS)
    data.runs.allow_objects(role, ["s3:GetObject", "s3:PutObject"], *read)
    # a backfill checks whether the day is published
    data.runs.allow_objects(role, ["s3:GetObject"], keys.SUMMARY)
    data.ledger.allow_actions(role, "GetItem", "UpdateItem")
    allow_queue(role, ["SendMessage"], work)


def grant_worker(role: iam.Role, data: DataResources, work: sqs.IQueue) -> None:
    data.raw.allow_listing(role)
    data.raw.allow_objects(role, ["s3:GetObject"], keys.LANDED)
    data.runs.allow_listing(role)
    data.runs.allow_objects(role, ["s3:GetObject"], keys.SLICES, keys.RECEIPTS, keys.MODELS, keys.REFERENCE)
    data.runs.allow_objects(role, ["s3:PutObject"], keys.RECEIPTS, keys.FAILURES)
    # read when two conditional writes meet, deleted when the other worker's receipt was first
    outputs = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"]
    data.runs.allow_objects(role, outputs, keys.SAMPLES)
    data.labels.allow_listing(role)
    data.labels.allow_objects(role, outputs, keys.LABELS, keys.QUARANTINE)
    allow_queue(role, ["ReceiveMessage", "DeleteMessage", "ChangeMessageVisibility"], work)


def grant_publish(role: iam.Role, data: DataResources) -> None:
    """Both of completion's entries settle receipts and publish."""
    data.runs.allow_listing(role)
    data.runs.allow_objects(role, ["s3:GetObject"], keys.RECEIPTS, keys.INDEX, keys.GENERATIONS, keys.SUMMARY)
    data.runs.allow_objects(role, ["s3:PutObject"], keys.GENERATIONS, keys.SUMMARY)
    data.labels.allow_listing(role)
    data.labels.allow_objects(role, ["s3:DeleteObject"], keys.LABELS, keys.QUARANTINE)
    data.runs.allow_objects(role, ["s3:DeleteObject"], keys.SAMPLES)
    data.ledger.allow_actions(role, "GetItem", "Query", "UpdateItem")
    data.catalog.allow_partitions(role)


def grant_completion(role: iam.Role, data: DataResources) -> None:
    grant_publish(role, data)
    # Lambda's poller works under the function's role
    allow_queue(role, ["ReceiveMessage", "DeleteMessage", "GetQueueAttributes"], data.completion.queue)


def grant_tick(role: iam.Role, data: DataResources, dead_letters: sqs.IQueue) -> None:
    grant_publish(role, data)
    data.runs.allow_objects(role, ["s3:GetObject"], keys.FAILURES)
    # received, never consumed: no DeleteMessage
    allow_queue(role, ["ReceiveMessage", "ChangeMessageVisibility", "GetQueueAttributes"], dead_letters)


def grant_orchestrator(policy: iam.ManagedPolicy, data: DataResources, alarms: AlarmTopic) -> None:
    """Airflow waits for a generation, reads its summary, and tells of what only Airflow sees (dags/labeling/alarms.py)."""
    data.runs.allow_listing(policy)
    data.runs.allow_objects(policy, ["s3:GetObject"], keys.GENERATIONS, keys.SUMMARY)
    alarms.allow_publishing(policy)


def grant_monitoring(role: Grantee, data: DataResources) -> None:
    """`labeler monitor run`: a published run against the reference of its model."""
    data.runs.allow_listing(role)
    read = (keys.INDEX, keys.RECEIPTS, keys.GENERATIONS, keys.SUMMARY, keys.SAMPLES)
    data.runs.allow_objects(role, ["s3:GetObject"], *read)
    data.runs.allow_objects(role, ["s3:GetObject", "s3:PutObject"], keys.DRIFT)
    data.monitoring.allow_listing(role)
    data.monitoring.allow_objects(role, ["s3:GetObject", "s3:PutObject"], keys.DRIFT_REFERENCES, keys.REPORTS)
    data.monitoring.allow_objects(role, ["s3:PutObject"], keys.DRIFT_METRICS)


def grant_drift_report(role: iam.Role, data: DataResources) -> None:
    grant_monitoring(role, data)
    allow_putting_metrics(role, NAMESPACE)


def grant_operator(policy: iam.ManagedPolicy, data: DataResources, work: QueueWithDeadLetters) -> None:
    """`labeler run ...`, `report`, `quarantine` and `monitor ...` on a person's machine."""
    grant_monitoring(policy, data)
    data.runs.allow_objects(policy, ["s3:GetObject", "s3:PutObject"], keys.PERFORMANCE)
    data.labels.allow_objects(policy, ["s3:GetObject"], keys.LABELS, keys.QUARANTINE)
    # true labels that come later: `labeler monitor truth`
    data.raw.allow_listing(policy)
    data.raw.allow_objects(policy, ["s3:GetObject"], keys.GROUND_TRUTH)
    data.ledger.allow_actions(policy, "GetItem", "Query", "UpdateItem", "DeleteItem")
    reading = ["ReceiveMessage", "ChangeMessageVisibility", "GetQueueAttributes"]
    moving = ["StartMessageMoveTask", "ListMessageMoveTasks", "DeleteMessage"]
    allow_queue(policy, [*reading, *moving], work.dead_letters)
    allow_queue(policy, ["SendMessage"], work.queue)


def grant_trainer(role: iam.Role, data: DataResources, alarms: AlarmTopic, secret_arn: str) -> None:
    """The steps of an experiment. Models and figures go to MLflow's server, by HTTP."""
    data.experiments.allow_listing(role)
    data.experiments.allow_objects(role, ["s3:GetObject"], keys.LABELED, keys.DATA_VERSIONS)
    data.experiments.allow_objects(role, ["s3:PutObject"], keys.DATA_VERSIONS)
    # what drift compares the versions' days with; read when two conditional writes meet
    data.monitoring.allow_listing(role)
    data.monitoring.allow_objects(role, ["s3:GetObject", "s3:PutObject"], keys.DRIFT_REFERENCES)
    alarms.allow_publishing(role)
    allow_reading_secret(role, secret_arn)
