"""What a run costs (pure). Prices are data: one table, to be checked before somebody signs for them."""

from typing import NamedTuple

from pydantic import BaseModel, ConfigDict

PRICES_SOURCE = (
    "AWS list prices, us-east-1, on demand; written from memory in November 2026: check before you rely on them"
)


class Price(NamedTuple):
    usd: float
    per: int
    unit: str


PRICES = {
    "compute c7g": Price(0.03625, 1, "vCPU-hour"),
    "compute Fargate arm64": Price(0.03238, 1, "vCPU-hour"),
    "memory Fargate arm64": Price(0.00356, 1, "GB-hour"),
    "S3 GET": Price(0.0004, 1000, "request"),
    "S3 PUT": Price(0.005, 1000, "request"),
    "S3 LIST": Price(0.005, 1000, "request"),
    "SQS": Price(0.40, 1_000_000, "request"),
    "Lambda arm64": Price(0.0000133334, 1, "GB-second"),
    "DynamoDB write": Price(0.625, 1_000_000, "write unit"),
}


class CostLine(BaseModel):
    model_config = ConfigDict(frozen=True)
    what: str
    quantity: float
    unit: str
    usd: float


def cost(quantities: dict[str, float]) -> tuple[CostLine, ...]:
    """Quantities by the names of PRICES."""
    return tuple(
        CostLine(
            what=what,
            quantity=quantity,
            unit=PRICES[what].unit,
            usd=quantity * PRICES[what].usd / PRICES[what].per,
        )
        for what, quantity in quantities.items()
    )
