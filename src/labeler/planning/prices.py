"""What a run costs on the cluster that the CDK app makes (pure). cdk/costs/prices.py goes on with what a stage costs that stands.

Written from memory of AWS's public price lists in November 2026, on demand, without taxes, discounts and free tiers; no
list was read. Check them before somebody signs: each line names the page that has it.
"""

from typing import NamedTuple

from pydantic import BaseModel, ConfigDict

REGION = "eu-west-1"
PRICES_SOURCE = (
    f"AWS list prices, {REGION}, on demand; written from memory in November 2026: check before you rely on them"
)


class Price(NamedTuple):
    usd: float
    per: int
    unit: str

    def of(self, quantity: float) -> float:
        """In USD."""
        return quantity * self.usd / self.per


PRICES = {
    "compute c7i": Price(0.0480, 1, "vCPU-hour"),  # aws.amazon.com/ec2/pricing/on-demand, c7i.large / 2
    "EKS Auto Mode": Price(0.0058, 1, "vCPU-hour"),  # aws.amazon.com/eks/pricing: about 12 % of the instance
    "S3 GET": Price(0.0004, 1000, "request"),  # aws.amazon.com/s3/pricing
    "S3 PUT": Price(0.005, 1000, "request"),  # same page
    "S3 LIST": Price(0.005, 1000, "request"),  # same page
    "SQS": Price(0.40, 1_000_000, "request"),  # aws.amazon.com/sqs/pricing
    "Lambda arm64": Price(0.0000133334, 1, "GB-second"),  # aws.amazon.com/lambda/pricing
    "DynamoDB write": Price(0.705, 1_000_000, "write unit"),  # aws.amazon.com/dynamodb/pricing/on-demand
    "DynamoDB read": Price(0.1415, 1_000_000, "read unit"),  # same page
}

REQUESTS_PER_UNIT = {"S3 GET": 5, "S3 PUT": 5, "SQS": 3.5, "DynamoDB write": 4, "DynamoDB read": 2.2}
"""Of a work unit, its files' own GETs left out; held against a recorded day by tests/infra/test_costs.py.

S3 GET: the slice twice (seen objects, worker), the receipt three times (worker, settling, publishing).
S3 PUT: slice, labels, quarantine, sample, receipt. SQS: send, receive, extend and delete the unit's message and the
receipt's, in batches where there are some. DynamoDB write: a transaction of two items, which cost two units each.
"""
NODE_CPUS_PER_WORKER = 1.3
"""CPUs of nodes for each worker's: what the node keeps for itself, and the last node that is not full."""


class CostLine(BaseModel):
    model_config = ConfigDict(frozen=True)
    what: str
    quantity: float
    unit: str
    usd: float


def cost(quantities: dict[str, float]) -> tuple[CostLine, ...]:
    """Quantities by the names of PRICES."""
    return tuple(
        CostLine(what=what, quantity=quantity, unit=PRICES[what].unit, usd=PRICES[what].of(quantity))
        for what, quantity in quantities.items()
    )
