"""What the run says of itself."""

from cdk.monitoring.alarms.alarm import Alarm, AlarmMetric
from labeler.telemetry import Metric

MONITORING = {"service": "labeler-monitoring"}
CHAMPION_MISSING = "ChampionMissing"


def run_alarms(*, slack_margin_s: int) -> tuple[Alarm, ...]:
    return (*_of_the_deadline(slack_margin_s), *_of_the_outcome(), *_of_the_start(), _drift())


def _of_the_deadline(slack_margin_s: int) -> tuple[Alarm, ...]:
    needed, active = AlarmMetric(name=Metric.WORKERS_NEEDED), AlarmMetric(name=Metric.WORKERS_ACTIVE)
    return (
        Alarm(
            name="slack-low",
            description=f"The forecast leaves less than {slack_margin_s} s before the deadline.",
            metrics={"slack": AlarmMetric(name=Metric.SLACK, statistic="Minimum")},
            threshold=slack_margin_s,
            is_below=True,
            datapoints=2,
            periods=3,
        ),
        Alarm(
            name="workers-short",
            description="For six minutes the units that are left needed more workers than were at work.",
            metrics={"needed": needed, "active": active},
            expression="needed - active",
            threshold=1,
            datapoints=6,
            periods=6,
        ),
    )


def _of_the_outcome() -> tuple[Alarm, ...]:
    return (
        Alarm(
            name="run-failed",
            description="A run was published as FAILED: nobody should read its labels.",
            metrics={"failed": AlarmMetric(name=Metric.RUN_FAILED)},
            threshold=1,
        ),
        Alarm(
            name="reconciliation-failed",
            description="Rows in are not labels plus quarantined rows: something was lost or doubled.",
            metrics={"failed": AlarmMetric(name=Metric.RECONCILIATION_FAILED)},
            threshold=1,
        ),
    )


def _of_the_start() -> tuple[Alarm, ...]:
    return (
        Alarm(
            name="no-run-opened",
            description=(
                "The daily run that labels yesterday should be open by now, and is not: its labels will be missing."
            ),
            metrics={"missing": AlarmMetric(name=Metric.DAILY_RUN_MISSING)},
            threshold=1,
        ),
        Alarm(
            name="champion-missing",
            description="The manifest found no champion in the registry: the run can't start.",
            metrics={"missing": AlarmMetric(name=CHAMPION_MISSING, dimensions={}, statistic="Sum")},
            threshold=1,
        ),
    )


def _drift() -> Alarm:
    return Alarm(
        name="drift",
        description="A run's rows or labels look different from what its model was trained on.",
        metrics={"drifted": AlarmMetric(name=Metric.RUN_DRIFTED, dimensions=MONITORING)},
        threshold=1,
    )
