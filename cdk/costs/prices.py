"""What AWS charges, as data: change a number here and `make costs` says the rest.

The prices of a run, the region and what all prices are worth stand in labeler/planning/prices.py; here is what a stage
adds that stands. Written from memory, too: check them.
"""

from typing import NamedTuple

from labeler.planning.prices import PRICES as RUN_PRICES
from labeler.planning.prices import Price

HOURS = 730
"""Of a month."""
DAYS = 30

PRICES = {
    **RUN_PRICES,
    "S3 storage": Price(0.023, 1, "GB-month"),  # aws.amazon.com/s3/pricing, Standard, first 50 TB
    "system node m7i.large": Price(0.1123, 1, "hour"),  # aws.amazon.com/ec2/pricing/on-demand
    "EKS cluster": Price(0.10, 1, "hour"),  # aws.amazon.com/eks/pricing, standard support
    "NAT gateway": Price(0.048, 1, "hour"),  # aws.amazon.com/vpc/pricing
    "interface endpoint": Price(0.011, 1, "hour and zone"),  # aws.amazon.com/privatelink/pricing
    "network balancer": Price(0.0252, 1, "hour"),  # aws.amazon.com/elasticloadbalancing/pricing, without LCUs
    "db t4g.small": Price(0.035, 1, "hour"),  # aws.amazon.com/rds/postgresql/pricing, one zone
    "db m7g.large": Price(0.187, 1, "hour"),  # same page, one zone; two zones cost twice
    "db storage gp3": Price(0.127, 1, "GB-month"),  # same page, one zone
    "EFS storage": Price(0.33, 1, "GB-month"),  # aws.amazon.com/efs/pricing, regional, Standard
    "EFS read": Price(0.033, 1, "GB"),  # same page, elastic throughput
    "EFS write": Price(0.066, 1, "GB"),  # same page, elastic throughput
    "EFS backup": Price(0.055, 1, "GB-month"),  # aws.amazon.com/backup/pricing, warm storage
    "host t3.medium": Price(0.0456, 1, "hour"),  # aws.amazon.com/ec2/pricing/on-demand
    "disk gp3": Price(0.088, 1, "GB-month"),  # aws.amazon.com/ebs/pricing
    "KMS key": Price(1.0, 1, "month"),  # aws.amazon.com/kms/pricing
    "secret": Price(0.40, 1, "month"),  # aws.amazon.com/secrets-manager/pricing
    "alarm metric": Price(0.10, 1, "month"),  # aws.amazon.com/cloudwatch/pricing
    "custom metric": Price(0.30, 1, "month"),  # same page
    "dashboard": Price(3.0, 1, "month"),  # same page; three are free
    "log ingestion": Price(0.57, 1, "GB"),  # same page
    "image storage": Price(0.10, 1, "GB-month"),  # aws.amazon.com/ecr/pricing
    "private zone": Price(0.50, 1, "month"),  # aws.amazon.com/route53/pricing
}


def usd(name: str, quantity: float) -> float:
    """Raises KeyError for a name without a price."""
    return PRICES[name].of(quantity)


class Line(NamedTuple):
    """Of a bill."""

    what: str
    usd: float
    how: str
    """Quantity and source."""


def compute(hours: float) -> float:
    """Of workers' CPUs, in USD."""
    return usd("compute c7i", hours) + usd("EKS Auto Mode", hours)
