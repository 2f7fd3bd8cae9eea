from typing import Any

from aws_cdk import Stack
from aws_cdk import aws_kms as kms
from constructs import Construct

from environments import Environment
from labeler.layout import LANDING, RUNS
from parts.buckets import AccessLogs, RunBucket
from parts.catalog import RESULTS, Catalog
from parts.ledger import LedgerTable
from parts.queues import QueueWithDeadLetters, announce_receipts
from parts.retention import removal

COMPLETION_TIMEOUT_S = 120
COMPLETION_VISIBILITY_S = 6 * COMPLETION_TIMEOUT_S
"""Lambda's advice: six times the function's, so that a throttled batch is not delivered twice."""
COMPLETION_MAX_RECEIVES = 10


class DataStack(Stack):
    """What must outlive a deployment: buckets, ledger, catalog. The completion queue is here because S3 asks for it
    when the runs bucket is made."""

    def __init__(self, scope: Construct, construct_id: str, *, environment: Environment, **options: Any) -> None:
        super().__init__(scope, construct_id, **options)
        retention = environment.retention
        self.key = kms.Key(
            self,
            "Key",
            description="labels, files and runs",
            enable_key_rotation=True,
            removal_policy=removal(retention),
        )
        shared: dict[str, Any] = {
            "environment": environment,
            "key": self.key,
            "access_logs": AccessLogs(self, "AccessLogs", environment=environment),
        }
        self.raw = RunBucket(self, "Raw", expire_days={f"{LANDING}/": retention.raw}, noncurrent_days=7, **shared)
        self.labels = RunBucket(self, "Labels", **shared)
        # fingerprints must outlive the look-back window, which is days; models and reference data are never expired
        self.runs = RunBucket(self, "Runs", expire_days={f"{RUNS}/": retention.runs, "seen/": 90}, **shared)
        self.monitoring = RunBucket(self, "Monitoring", expire_days={RESULTS: 7}, **shared)
        # what people label, and every version of it that DVC keeps: never expired
        self.experiments = RunBucket(self, "Experiments", **shared)
        # MLflow's: its server alone reads and writes it
        self.artifacts = RunBucket(self, "Artifacts", **shared)
        self.ledger = LedgerTable(self, "Ledger", environment=environment)
        self.catalog = Catalog(
            self,
            "Catalog",
            name=f"labeler-{environment.name}",
            labels=self.labels,
            results=self.monitoring,
            key=self.key,
        )
        self.completion = QueueWithDeadLetters(
            self,
            "Completion",
            name=f"labeler-{environment.name}-completion",
            visibility_timeout_s=COMPLETION_VISIBILITY_S,
            max_receives=COMPLETION_MAX_RECEIVES,
        )
        announce_receipts(self.runs, self.completion.queue)
