"""What the data stack offers to the other stacks."""

from dataclasses import dataclass

from aws_cdk import aws_kms as kms

from cdk.data.buckets import DataBucket
from cdk.data.catalog import Catalog
from cdk.data.ledger import LedgerTable
from cdk.data.queues import QueueWithDeadLetters


@dataclass(frozen=True, slots=True, kw_only=True)
class DataResources:
    key: kms.Key
    raw: DataBucket
    labels: DataBucket
    runs: DataBucket
    monitoring: DataBucket
    experiments: DataBucket
    artifacts: DataBucket
    ledger: LedgerTable
    catalog: Catalog
    completion: QueueWithDeadLetters
    """S3 tells it of receipts."""

    @property
    def run_buckets(self) -> dict[str, str]:
        """The buckets of a run as every process of it names them in its settings."""
        return {
            "raw_bucket": self.raw.bucket_name,
            "labels_bucket": self.labels.bucket_name,
            "runs_bucket": self.runs.bucket_name,
        }
