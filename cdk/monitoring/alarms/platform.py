"""What the registry and the monitoring host need."""

from cdk.monitoring.alarms.alarm import Alarm, AlarmMetric, MissingData
from labeler.telemetry import Metric


def platform_alarms(*, balancer: str, targets: str, database: str) -> tuple[Alarm, ...]:
    """Arguments are CloudWatch's names for them."""
    healthy = AlarmMetric(
        name="HealthyHostCount",
        namespace="AWS/NetworkELB",
        dimensions={"LoadBalancer": balancer, "TargetGroup": targets},
        statistic="Minimum",
    )
    free = AlarmMetric(
        name="FreeStorageSpace",
        namespace="AWS/RDS",
        dimensions={"DBInstanceIdentifier": database},
        statistic="Minimum",
        period_s=300,
    )
    # of the page, not of machines: one that comes and goes without a page is in service most of the time
    served = AlarmMetric(name=Metric.MONITORING_PAGE_SERVED, dimensions={})
    return (_registry_down(healthy), _registry_storage_low(free), _monitoring_host_down(served))


def _registry_down(healthy: AlarmMetric) -> Alarm:
    return Alarm(
        name="registry-down",
        description="No MLflow server answers: no run can start, no model can be registered.",
        metrics={"healthy": healthy},
        threshold=1,
        is_below=True,
        datapoints=5,
        periods=5,
        missing_data=MissingData.BREACHING,
    )


def _registry_storage_low(free: AlarmMetric) -> Alarm:
    return Alarm(
        name="registry-storage-low",
        description="The registry's database has less than 4 GiB left and may not be allowed to grow.",
        metrics={"free": free},
        threshold=4 * 2**30,
        is_below=True,
        datapoints=3,
        periods=3,
    )


def _monitoring_host_down(served: AlarmMetric) -> Alarm:
    return Alarm(
        name="monitoring-host-down",
        description="Evidently's page on the monitoring host has been away for a quarter of an hour.",
        metrics={"served": served},
        threshold=1,
        is_below=True,
        datapoints=15,
        periods=15,
        missing_data=MissingData.BREACHING,
    )
