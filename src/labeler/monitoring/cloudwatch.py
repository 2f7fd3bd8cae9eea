"""Figures to CloudWatch. A pod's stdout becomes a log line inside another one, in which CloudWatch finds no metrics:
so a pod sends what an alarm needs."""

from collections.abc import Iterable

from labeler.aws import Aws
from labeler.aws_errors import translated_errors
from labeler.telemetry import NAMESPACE, Measure

SERVICE = "labeler-monitoring"


def send(measures: Iterable[Measure], aws: Aws) -> None:
    """With the service as their only dimension, as completion's. Raises what `translated_errors` makes of it."""
    data = [
        {
            "MetricName": measure.metric.value,
            "Dimensions": [{"Name": "service", "Value": SERVICE}],
            "Value": measure.value,
            "Unit": measure.unit,
        }
        for measure in measures
    ]
    if data:
        with translated_errors("sending figures to CloudWatch"):
            aws.cloudwatch.put_metric_data(Namespace=NAMESPACE, MetricData=data)
