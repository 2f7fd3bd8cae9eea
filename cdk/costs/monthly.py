"""What a stage costs a month without a single file.

Counts come from the stages' own data (tests/infra/test_costs.py compares). What is assumed has a name here and is called
so in the table.
"""

from collections.abc import Iterator

from cdk.cluster.endpoints import INTERFACE_ENDPOINTS
from cdk.costs.prices import DAYS, HOURS, Line, compute, usd
from cdk.environment import Environment, Platform, Run
from cdk.monitoring.alarms.functions import function_alarms
from cdk.monitoring.alarms.platform import platform_alarms
from cdk.monitoring.alarms.queues import queue_alarms
from cdk.monitoring.alarms.run import run_alarms
from cdk.run.schedule import PREWARM_MINUTES
from labeler.planning.prices import NODE_CPUS_PER_WORKER
from labeler.telemetry import Metric

PREWARMED_MINUTES = 2 * PREWARM_MINUTES
"""Before the run opens and after."""

NODES_A_ZONE = 1
LOGS_GB = 30
"""Control plane, flow logs, pods and functions."""
IMAGES_GB = 10
VOLUME_GB, VOLUME_GB_READ, VOLUME_GB_WRITTEN = 20, 100, 20
"""Of the experiments' files, and what their steps read and write in a month."""
TICK_GB_S = 0.2 * 1769 / 1024
"""Of a tick without a run: one query."""
OTHER_KEYS = ("data", "Kubernetes secrets", "alarms")
SECRETS = ("database", "GitHub", "Datadog")


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
        *_of_monitoring(environment),
        _of_storage(),
        *_of_readiness(environment.run),
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


def _of_monitoring(environment: Environment) -> Iterator[Line]:
    yield Line("monitoring host", usd("host t3.medium", HOURS) + usd("disk gp3", 30), "t3.medium, 30 GB")
    metrics = alarm_metrics(environment)
    price = usd("alarm metric", metrics) + usd("custom metric", len(Metric)) + usd("dashboard", 1)
    yield Line("alarms, metrics, dashboard", price, f"{metrics} metrics in alarms, {len(Metric)} of our own")
    yield Line("logs", usd("log ingestion", LOGS_GB), f"{LOGS_GB} GB; assumed")


def _of_storage() -> Line:
    keys, secrets = len(OTHER_KEYS), len(SECRETS)
    price = usd("KMS key", keys) + usd("secret", secrets) + usd("image storage", IMAGES_GB)
    return Line("keys, secrets, images", price, f"{keys} keys, {secrets} secrets, {IMAGES_GB} GB of images (assumed)")


def _of_readiness(run: Run) -> Iterator[Line]:
    yield Line("ticks", usd("Lambda arm64", HOURS * 60 * TICK_GB_S), "one each minute, 0.2 s (assumed)")
    warm_h = run.prewarmed_workers * PREWARMED_MINUTES / 60 * DAYS * NODE_CPUS_PER_WORKER
    how = f"{run.prewarmed_workers} for {PREWARMED_MINUTES} minutes each day"
    yield Line("workers kept warm", compute(warm_h), how)


def alarm_metrics(environment: Environment) -> int:
    """What alarms are counted and paid by."""
    run = environment.run
    alarms = [
        *run_alarms(slack_margin_s=run.slack_margin_s),
        *queue_alarms(work="", dead_letters="", completion_dead_letters="", deadline_s=run.deadline_s),
        *function_alarms(manifest="", completion="", tick=""),
        *platform_alarms(balancer="", targets="", database=""),
    ]
    return sum(len(alarm.metrics) for alarm in alarms)
