"""What a stage costs a month without a single file, and what a million files add: `make costs`.

Counts come from the stages' own data, requests from a recorded day (tests/infra/test_costs.py compares), times from the
benchmarks. What is assumed has a name here and is called so in the table.
"""

import sys
from collections.abc import Iterator
from typing import NamedTuple

from alarms import of_platform, of_queues, of_run
from endpoints import INTERFACE_ENDPOINTS
from environments import STAGES, Environment, Platform
from labeler.planning.capacity import plan_capacity
from labeler.planning.prices import NODE_CPUS_PER_WORKER, REQUESTS_PER_UNIT
from labeler.planning.request import CapacityRequest
from labeler.settings import CompletionSettings, ManifestSettings
from labeler.telemetry import Metric
from prices import DAYS, HOURS, usd
from workloads.schedule import PREWARM_MINUTES

MILLION = 1_000_000
PREWARMED_MINUTES = 2 * PREWARM_MINUTES
"""Before the run opens and after."""
FUNCTION_ALARMS = 4
"""Errors of three functions, and the tick's silence."""

NODES_A_ZONE = 1
LOGS_GB = 30
"""Control plane, flow logs, pods and functions."""
IMAGES_GB = 10
VOLUME_GB, VOLUME_GB_READ, VOLUME_GB_WRITTEN = 20, 100, 20
"""Of the experiments' files, and what their steps read and write in a month."""
OUTPUT_KB_PER_FILE = 3
"""Labels, quarantine and sample, compressed."""
TICK_GB_S = 0.2 * 1769 / 1024
"""Of a tick without a run: one query."""
OTHER_KEYS = ("data", "Kubernetes secrets", "alarms")
SECRETS = ("database", "GitHub", "Datadog")


class Line(NamedTuple):
    what: str
    usd: float
    how: str
    """Quantity and source."""


def monthly(environment: Environment) -> list[Line]:
    """A stage that stands and has nothing to do. Raises ValueError for a stage without a platform."""
    platform = environment.platform
    if platform is None:
        raise ValueError(f"{environment.name} has no platform: nothing stands")
    return [
        *_of_cluster(platform),
        *_of_network(platform),
        *_of_registry(platform),
        _of_volume(platform),
        *_of_watching(environment),
    ]


def _of_cluster(platform: Platform) -> Iterator[Line]:
    nodes = NODES_A_ZONE * platform.zones
    yield Line("EKS control plane", usd("EKS cluster", HOURS), "one cluster")
    yield Line(
        "system nodes",
        usd("system node m7i.large", nodes * HOURS) + usd("EKS Auto Mode", 2 * nodes * HOURS),
        f"{nodes} of m7i.large with Auto Mode's fee; assumed",
    )


def _of_network(platform: Platform) -> Iterator[Line]:
    endpoints = len(INTERFACE_ENDPOINTS) * platform.zones
    yield Line("interface endpoints", usd("interface endpoint", endpoints * HOURS), f"{endpoints}: each in each zone")
    gateways = platform.nat_gateways
    yield Line("NAT", usd("NAT gateway", gateways * HOURS), f"{gateways}, without traffic: none is on the hot path")
    yield Line("registry's address", usd("network balancer", HOURS) + usd("private zone", 1), "balancer and zone")


def _of_registry(platform: Platform) -> Iterator[Line]:
    copies = 2 if platform.is_database_multi_zone else 1
    price = usd(f"db {platform.database_class}", copies * HOURS) + usd("db storage gp3", copies * 20)
    yield Line("registry's database", price, f"{platform.database_class} in {copies} zones, 20 GB")


def _of_volume(platform: Platform) -> Line:
    """All of it as files of this month: what is infrequently read costs less."""
    price = usd("EFS storage", VOLUME_GB) + usd("EFS read", VOLUME_GB_READ) + usd("EFS write", VOLUME_GB_WRITTEN)
    how = f"{VOLUME_GB} GB of EFS, {VOLUME_GB_READ} read, {VOLUME_GB_WRITTEN} written (assumed)"
    if not platform.is_volume_backed_up:
        return Line("experiments' files", price, how)
    return Line("experiments' files", price + usd("EFS backup", VOLUME_GB), f"{how}, and a backup")


def _of_watching(environment: Environment) -> Iterator[Line]:
    yield Line("monitoring host", usd("host t3.medium", HOURS) + usd("disk gp3", 30), "t3.medium, 30 GB")
    watched = alarm_metrics(environment)
    price = usd("alarm metric", watched) + usd("custom metric", len(Metric)) + usd("dashboard", 1)
    yield Line("alarms, metrics, dashboard", price, f"{watched} metrics in alarms, {len(Metric)} of our own")
    yield Line("logs", usd("log ingestion", LOGS_GB), f"{LOGS_GB} GB; assumed")
    keys, secrets = len(OTHER_KEYS), len(SECRETS)
    price = usd("KMS key", keys) + usd("secret", secrets) + usd("image storage", IMAGES_GB)
    yield Line("keys, secrets, images", price, f"{keys} keys, {secrets} secrets, {IMAGES_GB} GB of images (assumed)")
    yield Line("ticks", usd("Lambda arm64", HOURS * 60 * TICK_GB_S), "one each minute, 0.2 s (assumed)")
    run = environment.run
    warm_h = run.prewarmed_workers * PREWARMED_MINUTES / 60 * DAYS * NODE_CPUS_PER_WORKER
    how = f"{run.prewarmed_workers} for {PREWARMED_MINUTES} minutes each day"
    yield Line("workers kept warm", _compute(warm_h), how)


def alarm_metrics(environment: Environment) -> int:
    """What alarms are counted and paid by."""
    run = environment.run
    named = dict.fromkeys(("work", "dead_letters", "completion_dead_letters"), "")
    alarms = [
        *of_run(slack_margin_s=run.slack_margin_s),
        *of_queues(**named, deadline_s=run.deadline_s),
        *of_platform(balancer="", targets="", database=""),
    ]
    return sum(len(alarm.figures) for alarm in alarms) + FUNCTION_ALARMS


def per_million(environment: Environment) -> list[Line]:
    """What a day of a million files adds, with what is kept of it."""
    run = environment.run
    plan = plan_capacity(
        CapacityRequest(
            files=MILLION,
            deadline_s=run.deadline_s,
            max_workers=run.max_workers,
            warm_workers=run.prewarmed_workers,
        )
    )
    rate = CompletionSettings.model_fields["assumed_files_per_second"].default
    units = MILLION / ManifestSettings.model_fields["unit_max_files"].default
    hours = MILLION / rate / 3600 * NODE_CPUS_PER_WORKER
    manifest = next(line for line in plan.costs if line.what == "Lambda arm64")
    calls = sum(usd(name, count * units) for name, count in REQUESTS_PER_UNIT.items())
    pages = next(line for line in plan.costs if line.what == "S3 LIST").quantity
    return [
        Line("landing: a PUT for each file", usd("S3 PUT", MILLION), "the sender's requests; the bucket's owner pays"),
        Line("reading: a GET for each file", usd("S3 GET", MILLION), "recorded: one"),
        Line("listing", usd("S3 LIST", pages), f"{pages:,.0f} pages of 1,000 keys over the look-back window"),
        Line(
            "workers",
            _compute(hours),
            f"{hours:.2f} vCPU hours at {rate:g} files/s and {NODE_CPUS_PER_WORKER} CPUs each",
        ),
        Line("functions", usd("Lambda arm64", manifest.quantity), "manifest and completion, by `labeler plan`"),
        Line("requests of units", calls, f"{units:,.0f} units; S3, SQS, DynamoDB as recorded"),
        Line("raw files, kept", _kept(17, environment.retention.raw), f"17 GB for {environment.retention.raw} days"),
        Line(
            "outputs, each month",
            usd("S3 storage", OUTPUT_KB_PER_FILE),
            f"{OUTPUT_KB_PER_FILE} GB (assumed); labels stay",
        ),
    ]


def _compute(hours: float) -> float:
    return usd("compute c7i", hours) + usd("EKS Auto Mode", hours)


def _kept(gigabytes: float, days: int | None) -> float:
    return usd("S3 storage", gigabytes * (days or HOURS / 24) / DAYS)


def _shown(price: float) -> str:
    return f"{price:,.2f}" if price >= 0.005 else "under 0.01"


def table() -> str:
    """Markdown, as docs/deploy.md has it."""
    names = [environment.name for environment in STAGES]
    parts = []
    for title, lines in (("USD a month", monthly), ("USD per million files", per_million)):
        columns = [lines(environment) for environment in STAGES]
        rows = [
            f"| {same[0].what} | {' | '.join(_shown(line.usd) for line in same)} | {same[-1].how} |"
            for same in zip(*columns, strict=True)
        ]
        total = " | ".join(f"**{sum(line.usd for line in column):,.2f}**" for column in columns)
        head = f"| {title} | {' | '.join(names)} | of what ({names[-1]}) |\n|---|{'---:|' * len(names)}---|"
        parts.append("\n".join([head, *rows, f"| **sum** | {total} | |"]))
    return "\n\n".join(parts)


if __name__ == "__main__":
    sys.stdout.write(f"{table()}\n")
