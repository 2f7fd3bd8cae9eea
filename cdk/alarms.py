"""What rings, as data. Each name is a page: docs/runbooks/<name>.md.

Two traps of SQS are why the run's own figures come first. The age metric leaves out messages that were received more
than three times, so a unit that fails again and again makes a queue look young. And a queue's depth may be wrong for
a minute: no alarm goes by depth alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from labeler.telemetry import NAMESPACE, Metric

COMPLETION = {"service": "labeler-completion"}
"""Dimensions of what completion and its tick emit."""
MONITORING = {"service": "labeler-monitoring"}
CHAMPION_MISSING = "ChampionMissing"


class Missing(StrEnum):
    """What silence means."""

    FINE = "notBreaching"
    BAD = "breaching"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A CloudWatch metric, each `period_s`."""

    name: str
    namespace: str = NAMESPACE
    dimensions: Mapping[str, str] = field(default_factory=lambda: COMPLETION)
    statistic: str = "Maximum"
    period_s: int = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """Rings when `expression` over `figures` is past `threshold` in `points` of the last `of` periods."""

    name: str
    says: str
    """What is wrong, for somebody who was asleep a minute ago."""
    figures: Mapping[str, Figure]
    expression: str = ""
    """CloudWatch's metric math over the figures' names; without one there is one figure."""
    threshold: float
    is_below: bool = False
    """Rings below the threshold instead of at or above it."""
    points: int = 1
    of: int = 1
    missing: Missing = Missing.FINE


def of_run(*, slack_margin_s: int) -> tuple[Alarm, ...]:
    """What the run says of itself."""
    needed = Figure(name=Metric.WORKERS_NEEDED)
    return (
        Alarm(
            name="slack-low",
            says=f"The forecast leaves less than {slack_margin_s} s before the deadline.",
            figures={"slack": Figure(name=Metric.SLACK, statistic="Minimum")},
            threshold=slack_margin_s,
            is_below=True,
            points=2,
            of=3,
        ),
        Alarm(
            name="workers-short",
            says="For six minutes the units that are left needed more workers than were at work.",
            figures={"needed": needed, "active": Figure(name=Metric.WORKERS_ACTIVE)},
            expression="needed - active",
            threshold=1,
            points=6,
            of=6,
        ),
        Alarm(
            name="run-failed",
            says="A run was published as FAILED: nobody should read its labels.",
            figures={"failed": Figure(name=Metric.RUN_FAILED)},
            threshold=1,
        ),
        Alarm(
            name="reconciliation-failed",
            says="Rows in are not labels plus quarantined rows: something was lost or doubled.",
            figures={"failed": Figure(name=Metric.RECONCILIATION_FAILED)},
            threshold=1,
        ),
        Alarm(
            name="no-run-opened",
            says="The daily run that labels yesterday should be open by now, and is not: its labels will be missing.",
            figures={"missing": Figure(name=Metric.DAILY_RUN_MISSING)},
            threshold=1,
        ),
        Alarm(
            name="champion-missing",
            says="The manifest found no champion in the registry: the run can't start.",
            figures={"missing": Figure(name=CHAMPION_MISSING, dimensions={}, statistic="Sum")},
            threshold=1,
        ),
        Alarm(
            name="drift",
            says="A run's rows or labels look different from what its model was trained on.",
            figures={"drifted": Figure(name=Metric.RUN_DRIFTED, dimensions=MONITORING)},
            threshold=1,
        ),
    )


def of_queues(*, work: str, dead_letters: str, completion_dead_letters: str, deadline_s: int) -> tuple[Alarm, ...]:
    """Arguments are queue names."""
    return (
        Alarm(
            name="work-queue-age",
            says="A unit has waited for as long as a run may take. Units received more than three times are not counted.",
            figures={"age": _queue("ApproximateAgeOfOldestMessage", work)},
            threshold=deadline_s,
            points=2,
            of=3,
        ),
        _dead("dead-letters", "A unit was given up: its rows have no label yet.", dead_letters),
        _dead(
            "completion-dead-letters",
            "Completion could not read what S3 told it. The tick finds the receipts, later.",
            completion_dead_letters,
        ),
    )


def of_function(name: str, function: str, says: str) -> Alarm:
    errors = Figure(name="Errors", namespace="AWS/Lambda", dimensions={"FunctionName": function}, statistic="Sum")
    return Alarm(name=name, says=says, figures={"errors": errors}, threshold=1)


def of_silence(function: str) -> Alarm:
    ticks = Figure(name="Invocations", namespace="AWS/Lambda", dimensions={"FunctionName": function}, statistic="Sum")
    return Alarm(
        name="tick-silent",
        says="The tick has not run for five minutes: nobody forecasts, nobody publishes.",
        figures={"ticks": ticks},
        threshold=1,
        is_below=True,
        points=5,
        of=5,
        missing=Missing.BAD,
    )


def of_platform(*, balancer: str, targets: str, database: str) -> tuple[Alarm, ...]:
    """What the registry and the monitoring host need. Arguments are CloudWatch's names for them."""
    return (
        Alarm(
            name="registry-down",
            says="No MLflow server answers: no run can start, no model can be registered.",
            figures={
                "healthy": Figure(
                    name="HealthyHostCount",
                    namespace="AWS/NetworkELB",
                    dimensions={"LoadBalancer": balancer, "TargetGroup": targets},
                    statistic="Minimum",
                )
            },
            threshold=1,
            is_below=True,
            points=5,
            of=5,
            missing=Missing.BAD,
        ),
        Alarm(
            name="registry-storage-low",
            says="The registry's database has less than 4 GiB left and may not be allowed to grow.",
            figures={
                "free": Figure(
                    name="FreeStorageSpace",
                    namespace="AWS/RDS",
                    dimensions={"DBInstanceIdentifier": database},
                    statistic="Minimum",
                    period_s=300,
                )
            },
            threshold=4 * 2**30,
            is_below=True,
            points=3,
            of=3,
        ),
        Alarm(
            name="monitoring-host-down",
            says="Evidently's page on the monitoring host has been away for a quarter of an hour.",
            figures={
                # of the page, not of machines: one that comes and goes without a page is in service most of the time
                "served": Figure(name=Metric.MONITORING_PAGE_SERVED, dimensions={})
            },
            threshold=1,
            is_below=True,
            points=15,
            of=15,
            missing=Missing.BAD,
        ),
    )


def _queue(metric: str, name: str) -> Figure:
    return Figure(name=metric, namespace="AWS/SQS", dimensions={"QueueName": name})


def _dead(name: str, says: str, queue: str) -> Alarm:
    """Completion looks at dead letters each minute, which hides them for a while: both counts are one."""
    return Alarm(
        name=name,
        says=says,
        figures={
            "visible": _queue("ApproximateNumberOfMessagesVisible", queue),
            "hidden": _queue("ApproximateNumberOfMessagesNotVisible", queue),
        },
        expression="visible + hidden",
        threshold=1,
    )


RUNBOOKS = (
    "champion-missing",
    "completion-dead-letters",
    "completion-errors",
    "dead-letters",
    "drift",
    "manifest-errors",
    "monitoring-host-down",
    "no-run-opened",
    "reconciliation-failed",
    "registry-down",
    "registry-storage-low",
    "run-failed",
    "slack-low",
    "tick-errors",
    "tick-silent",
    "work-queue-age",
    "workers-short",
)
"""The pages below docs/runbooks/, one for each alarm."""
