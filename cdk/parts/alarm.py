"""An alarm of alarms.py in CloudWatch: it says what is wrong, what to read, and to whom."""

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_sns as sns
from constructs import Construct

from alarms import Alarm, Figure


def add_alarm(scope: Construct, alarm: Alarm, *, stage: str, topic: sns.ITopic) -> cloudwatch.Alarm:
    comparisons = cloudwatch.ComparisonOperator
    made = cloudwatch.Alarm(
        scope,
        "".join(part.capitalize() for part in alarm.name.split("-")),
        alarm_name=f"labeler-{stage}-{alarm.name}",
        alarm_description=f"{alarm.says} Runbook: docs/runbooks/{alarm.name}.md",
        metric=figure_of(alarm),
        threshold=alarm.threshold,
        comparison_operator=comparisons.LESS_THAN_THRESHOLD
        if alarm.is_below
        else comparisons.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
        datapoints_to_alarm=alarm.points,
        evaluation_periods=alarm.of,
        treat_missing_data=cloudwatch.TreatMissingData[
            {"notBreaching": "NOT_BREACHING", "breaching": "BREACHING"}[alarm.missing]
        ],
    )
    made.add_alarm_action(actions.SnsAction(topic))
    made.add_ok_action(actions.SnsAction(topic))
    return made


def figure_of(alarm: Alarm) -> cloudwatch.IMetric:
    figures = {name: metric(figure) for name, figure in alarm.figures.items()}
    if not alarm.expression:
        (only,) = figures.values()
        return only
    period = Duration.seconds(next(iter(alarm.figures.values())).period_s)
    return cloudwatch.MathExpression(
        expression=alarm.expression, using_metrics=figures, period=period, label=alarm.name
    )


def metric(figure: Figure) -> cloudwatch.Metric:
    return cloudwatch.Metric(
        namespace=figure.namespace,
        metric_name=str(figure.name),
        dimensions_map=dict(figure.dimensions) or None,
        statistic=figure.statistic,
        period=Duration.seconds(figure.period_s),
    )
