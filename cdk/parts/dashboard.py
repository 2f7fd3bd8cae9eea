"""One page for whoever is on call: is the run in time, and if not, what is short?"""

from collections.abc import Sequence

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from alarms import Figure
from labeler.telemetry import Metric
from parts.alarm import metric

FULL, HALF, QUARTER = 24, 12, 6


class RunDashboard(cloudwatch.Dashboard):
    """First row: the answer. Second row: the reason. Third row: what rings."""

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
        units = metric(Figure(name=Metric.UNITS_LEFT))
        slack = metric(Figure(name=Metric.SLACK, statistic="Minimum"))
        needed, active = metric(Figure(name=Metric.WORKERS_NEEDED)), metric(Figure(name=Metric.WORKERS_ACTIVE))
        dead = [_of_queue(name, dead_letters) for name in ("Visible", "NotVisible")]
        self.add_widgets(
            _value("Slack to the deadline, seconds", slack),
            _value("Units left", units),
            _value("Workers needed and at work", needed, active),
            _value("Dead letters", *dead),
        )
        self.add_widgets(
            cloudwatch.GraphWidget(
                title="Slack: below the line it rings",
                width=HALF,
                left=[slack],
                left_annotations=[cloudwatch.HorizontalAnnotation(value=slack_margin_s, color="#d62728")],
            ),
            cloudwatch.GraphWidget(title="Workers: needed over at work is short", width=HALF, left=[needed, active]),
        )
        self.add_widgets(
            cloudwatch.GraphWidget(
                title="Units: left by the ledger; waiting and in hand by the queue",
                width=HALF,
                left=[units],
                right=[_of_queue("Visible", work_queue), _of_queue("NotVisible", work_queue)],
            ),
            cloudwatch.AlarmStatusWidget(title="What rings", width=HALF, alarms=list(alarms)),
        )


def _value(title: str, *metrics: cloudwatch.IMetric) -> cloudwatch.SingleValueWidget:
    return cloudwatch.SingleValueWidget(title=title, width=QUARTER, height=4, metrics=list(metrics))


def _of_queue(kind: str, queue: str) -> cloudwatch.Metric:
    name = f"ApproximateNumberOfMessages{kind}"
    return metric(Figure(name=name, namespace="AWS/SQS", dimensions={"QueueName": queue}))
