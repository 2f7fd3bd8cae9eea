"""An alarm in CloudWatch: it says what is wrong and what to read, and calls somebody."""

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_sns as sns
from constructs import Construct

from cdk.monitoring.alarms.alarm import Alarm, AlarmMetric, MissingData


def add_alarm(scope: Construct, alarm: Alarm, *, stage: str, topic: sns.ITopic) -> cloudwatch.Alarm:
    comparisons, missing_data = cloudwatch.ComparisonOperator, cloudwatch.TreatMissingData
    resource = cloudwatch.Alarm(
        scope,
        alarm_construct_id(alarm),
        alarm_name=f"labeler-{stage}-{alarm.name}",
        alarm_description=alarm_text(alarm),
        metric=_metric_of(alarm),
        threshold=alarm.threshold,
        comparison_operator=comparisons.LESS_THAN_THRESHOLD
        if alarm.is_below
        else comparisons.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
        datapoints_to_alarm=alarm.datapoints,
        evaluation_periods=alarm.periods,
        treat_missing_data=missing_data.BREACHING
        if alarm.missing_data is MissingData.BREACHING
        else missing_data.NOT_BREACHING,
    )
    resource.add_alarm_action(actions.SnsAction(topic))
    resource.add_ok_action(actions.SnsAction(topic))
    return resource


def alarm_construct_id(alarm: Alarm) -> str:
    return "".join(part.capitalize() for part in alarm.name.split("-"))


def alarm_text(alarm: Alarm) -> str:
    return f"{alarm.description} Runbook: docs/runbooks/{alarm.name}.md"


def cloudwatch_metric(metric: AlarmMetric) -> cloudwatch.Metric:
    return cloudwatch.Metric(
        namespace=metric.namespace,
        metric_name=str(metric.name),
        dimensions_map=dict(metric.dimensions) or None,
        statistic=metric.statistic,
        period=Duration.seconds(metric.period_s),
    )


def _metric_of(alarm: Alarm) -> cloudwatch.IMetric:
    metrics = {name: cloudwatch_metric(metric) for name, metric in alarm.metrics.items()}
    if not alarm.expression:
        (only,) = metrics.values()
        return only
    period = Duration.seconds(next(iter(alarm.metrics.values())).period_s)
    return cloudwatch.MathExpression(
        expression=alarm.expression, using_metrics=metrics, period=period, label=alarm.name
    )
