"""One page for whoever is on call: is the run in time, and if not, what is short?"""

from collections.abc import Sequence

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from cdk.monitoring.alarms.alarm import AlarmMetric
from cdk.monitoring.cloudwatch_alarm import cloudwatch_metric
from labeler.telemetry import Metric

HALF, QUARTER = 12, 6


class RunDashboard(cloudwatch.Dashboard):
    """First row: the answer. Second row: the reason. Third row: which alarms fire."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        stage: str,
        slack_margin_s: int,
        work_queue: str,
        dead_letters: str,
        alarms: Sequence[cloudwatch.IAlarm],
    ) -> None:
        super().__init__(
            scope, construct_id, dashboard_name=f"labeler-{stage}", default_interval=Duration.hours(3), widgets=[]
        )
        self._units = _emitted(Metric.UNITS_LEFT)
        self._slack = _emitted(Metric.SLACK, statistic="Minimum")
        self._workers = [_emitted(Metric.WORKERS_NEEDED), _emitted(Metric.WORKERS_ACTIVE)]
        self._add_answer(dead_letters)
        self._add_reason(slack_margin_s)
        self._add_alarms(work_queue, alarms)

    def _add_answer(self, dead_letters: str) -> None:
        self.add_widgets(
            _value("Slack to the deadline, seconds", self._slack),
            _value("Units left", self._units),
            _value("Workers needed and at work", *self._workers),
            _value("Dead letters", *_messages(dead_letters)),
        )

    def _add_reason(self, slack_margin_s: int) -> None:
        margin = cloudwatch.HorizontalAnnotation(value=slack_margin_s, color="#d62728")
        self.add_widgets(
            cloudwatch.GraphWidget(
                title="Slack: below the line it rings", width=HALF, left=[self._slack], left_annotations=[margin]
            ),
            cloudwatch.GraphWidget(title="Workers: needed over at work is short", width=HALF, left=self._workers),
        )

    def _add_alarms(self, work_queue: str, alarms: Sequence[cloudwatch.IAlarm]) -> None:
        self.add_widgets(
            cloudwatch.GraphWidget(
                title="Units: left by the ledger; waiting and in hand by the queue",
                width=HALF,
                left=[self._units],
                right=_messages(work_queue),
            ),
            cloudwatch.AlarmStatusWidget(title="What rings", width=HALF, alarms=list(alarms)),
        )


def _value(title: str, *metrics: cloudwatch.IMetric) -> cloudwatch.SingleValueWidget:
    return cloudwatch.SingleValueWidget(title=title, width=QUARTER, height=4, metrics=list(metrics))


def _emitted(name: Metric, *, statistic: str = "Maximum") -> cloudwatch.Metric:
    return cloudwatch_metric(AlarmMetric(name=name, statistic=statistic))


def _messages(queue: str) -> list[cloudwatch.IMetric]:
    """Those that wait, and those in somebody's hands."""
    names = ("ApproximateNumberOfMessagesVisible", "ApproximateNumberOfMessagesNotVisible")
    return [
        cloudwatch_metric(AlarmMetric(name=name, namespace="AWS/SQS", dimensions={"QueueName": queue}))
        for name in names
    ]
