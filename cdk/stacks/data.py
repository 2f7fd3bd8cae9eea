from typing import Any

from aws_cdk import Stack
from aws_cdk import aws_kms as kms
from constructs import Construct

from cdk.data.buckets import AccessLogs, DataBucket
from cdk.data.catalog import RESULTS, Catalog
from cdk.data.ledger import LedgerTable
from cdk.data.queues import QueueWithDeadLetters
from cdk.data.receipt_notifications import notify_of_receipts
from cdk.data.resources import DataResources
from cdk.environment import Environment
from cdk.retention import encryption_key
from cdk.run.functions import COMPLETION_TIMEOUT_S
from labeler.layout import LANDING, RUNS

COMPLETION_VISIBILITY_S = 6 * COMPLETION_TIMEOUT_S
"""Lambda's advice: six times the function's, so that a throttled batch is not delivered twice."""
COMPLETION_MAX_RECEIVES = 10


class DataStack(Stack):
    """What must outlive a deployment: buckets, ledger, catalog. The completion queue is here because S3 asks for it
    when the runs bucket is made."""

    def __init__(self, scope: Construct, construct_id: str, *, environment: Environment, **options: Any) -> None:
        super().__init__(scope, construct_id, **options)
        key = encryption_key(self, "Key", environment=environment, description="labels, files and runs")
        buckets = self._buckets(environment, key)
        ledger = LedgerTable(self, "Ledger", environment=environment)
        catalog = Catalog(
            self,
            "Catalog",
            name=f"labeler-{environment.name}",
            labels=buckets["labels"],
            results=buckets["monitoring"],
            key=key,
        )
        completion = self._completion_queue(environment)
        notify_of_receipts(buckets["runs"], completion.queue)
        self.resources = DataResources(key=key, **buckets, ledger=ledger, catalog=catalog, completion=completion)

    def _buckets(self, environment: Environment, key: kms.Key) -> dict[str, DataBucket]:
        retention = environment.retention
        shared: dict[str, Any] = {
            "environment": environment,
            "key": key,
            "access_logs": AccessLogs(self, "AccessLogs", environment=environment),
        }
        raw_days = {f"{LANDING}/": retention.raw}
        # fingerprints must outlive the look-back window, which is days; models and reference data are never expired
        runs_days = {f"{RUNS}/": retention.runs, "seen/": 90}
        return {
            "raw": DataBucket(self, "Raw", expire_days=raw_days, noncurrent_days=7, **shared),
            "labels": DataBucket(self, "Labels", **shared),
            "runs": DataBucket(self, "Runs", expire_days=runs_days, **shared),
            "monitoring": DataBucket(self, "Monitoring", expire_days={RESULTS: 7}, **shared),
            # what people label, and every version of it that DVC keeps: never expired
            "experiments": DataBucket(self, "Experiments", **shared),
            # MLflow's: its server alone reads and writes it
            "artifacts": DataBucket(self, "Artifacts", **shared),
        }

    def _completion_queue(self, environment: Environment) -> QueueWithDeadLetters:
        return QueueWithDeadLetters(
            self,
            "Completion",
            name=f"labeler-{environment.name}-completion",
            visibility_timeout_s=COMPLETION_VISIBILITY_S,
            max_receives=COMPLETION_MAX_RECEIVES,
        )
