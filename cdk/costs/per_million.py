"""What a day of a million files adds, with what is kept of it.

Requests come from a recorded day (tests/infra/test_costs.py compares), times from the benchmarks. What is assumed has a name
here and is called so in the table.
"""

from collections.abc import Iterator

from cdk.costs.prices import DAYS, HOURS, Line, compute, usd
from cdk.environment import Environment, Run
from labeler.planning.capacity import plan_capacity
from labeler.planning.prices import NODE_CPUS_PER_WORKER, REQUESTS_PER_UNIT
from labeler.planning.request import CapacityRequest
from labeler.settings import CompletionSettings, ManifestSettings

MILLION = 1_000_000
OUTPUT_KB_PER_FILE = 3
"""Labels, quarantine and sample, compressed."""


def per_million(environment: Environment) -> list[Line]:
    planned = _planned_quantities(environment.run)
    return [
        *_of_input(pages=planned["S3 LIST"]),
        *_of_work(lambda_gb_s=planned["Lambda arm64"]),
        *_of_storage(environment.retention.raw),
    ]


def _planned_quantities(run: Run) -> dict[str, float]:
    """By the name of their price, as `labeler plan` computes them."""
    request = CapacityRequest(
        files=MILLION, deadline_s=run.deadline_s, max_workers=run.max_workers, warm_workers=run.prewarmed_workers
    )
    return {line.what: line.quantity for line in plan_capacity(request).costs}


def _of_input(*, pages: float) -> Iterator[Line]:
    yield Line("landing: a PUT for each file", usd("S3 PUT", MILLION), "the sender's requests; the bucket's owner pays")
    yield Line("reading: a GET for each file", usd("S3 GET", MILLION), "recorded: one")
    yield Line("listing", usd("S3 LIST", pages), f"{pages:,.0f} pages of 1,000 keys over the look-back window")


def _of_work(*, lambda_gb_s: float) -> Iterator[Line]:
    rate = CompletionSettings.model_fields["assumed_files_per_second"].default
    hours = MILLION / rate / 3600 * NODE_CPUS_PER_WORKER
    how = f"{hours:.2f} vCPU hours at {rate:g} files/s and {NODE_CPUS_PER_WORKER} CPUs each"
    yield Line("workers", compute(hours), how)
    yield Line("functions", usd("Lambda arm64", lambda_gb_s), "manifest and completion, by `labeler plan`")
    units = MILLION / ManifestSettings.model_fields["unit_max_files"].default
    requests = sum(usd(name, count * units) for name, count in REQUESTS_PER_UNIT.items())
    yield Line("requests of units", requests, f"{units:,.0f} units; S3, SQS, DynamoDB as recorded")


def _of_storage(raw_days: int | None) -> Iterator[Line]:
    kept = usd("S3 storage", 17 * (raw_days or HOURS / 24) / DAYS)
    yield Line("raw files, kept", kept, f"17 GB for {raw_days} days")
    outputs = usd("S3 storage", OUTPUT_KB_PER_FILE)
    yield Line("outputs, each month", outputs, f"{OUTPUT_KB_PER_FILE} GB (assumed); labels stay")
