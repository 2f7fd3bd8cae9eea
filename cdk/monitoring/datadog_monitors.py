"""The run's alarms as Datadog's monitors and dashboard.

They are CloudFormation resources of Datadog's own public types: they come, change, roll back and go with the stack; files
that a script sends to Datadog's API would do none of this. The price: somebody activates the types once for each account
and region, with Datadog's keys in the types' configuration.
"""

import json
import re
from collections.abc import Sequence
from typing import Any

from aws_cdk import CfnResource
from constructs import Construct

from cdk.monitoring.alarms.alarm import Alarm, AlarmMetric, MissingData
from cdk.monitoring.cloudwatch_alarm import alarm_construct_id, alarm_text

MONITOR, DASHBOARD = "Datadog::Monitors::Monitor", "Datadog::Dashboards::Dashboard"
DELAY_S = 900
"""Datadog polls CloudWatch every ten minutes and has a metric after ten to twelve: before that a window is empty."""
SHORTEST_WINDOW_MINUTES = 15
"""Longer than the time between two polls: no point falls between windows."""
AGGREGATES = {"Maximum": "max", "Minimum": "min", "Sum": "sum"}


class DatadogMonitors(Construct):
    def __init__(self, scope: Construct, construct_id: str, *, stage: str, alarms: Sequence[Alarm]) -> None:
        super().__init__(scope, construct_id)
        for alarm in alarms:
            CfnResource(self, alarm_construct_id(alarm), type=MONITOR, properties=_monitor(alarm, stage))
        definition = json.dumps(_dashboard(alarms, stage), sort_keys=True)
        CfnResource(self, "Dashboard", type=DASHBOARD, properties={"DashboardDefinition": definition})


def _monitor(alarm: Alarm, stage: str) -> dict[str, Any]:
    """CloudWatch's threshold. One point is enough where it is there; elsewhere a whole window has to be past it."""
    metric = next(iter(alarm.metrics.values()))
    minutes = max(alarm.periods * metric.period_s // 60, SHORTEST_WINDOW_MINUTES)
    comparison = "<" if alarm.is_below else ">="
    is_lasting = alarm.datapoints > 1
    aggregate = "max" if alarm.is_below is is_lasting else "min"
    return {
        "Type": "query alert",
        "Name": f"labeler {stage}: {alarm.name}",
        "Message": alarm_text(alarm),
        "Query": f"{aggregate}(last_{minutes}m):{_query(alarm, stage)} {comparison} {alarm.threshold}",
        "Tags": ["service:labeler", f"env:{stage}"],
        "Options": {
            "Thresholds": {"Critical": alarm.threshold},
            "NotifyNoData": alarm.missing_data is MissingData.BREACHING,
            "EvaluationDelay": DELAY_S,
            # without it the first point of a run would be all of a window
            "RequireFullWindow": is_lasting,
        },
    }


def _query(alarm: Alarm, stage: str) -> str:
    terms = {name: _term(metric, stage) for name, metric in alarm.metrics.items()}
    if not alarm.expression:
        return next(iter(terms.values()))
    return re.sub(r"[a-z]+", lambda word: terms.get(word[0], word[0]), alarm.expression)


def _term(metric: AlarmMetric, stage: str) -> str:
    """As Datadog's AWS integration names CloudWatch's metrics: aws.sqs.approximate_age_of_oldest_message{...}."""
    service = metric.namespace.removeprefix("AWS/").lower()
    name = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", str(metric.name)).lower()
    tags = [f"env:{stage}", *(f"{key.lower()}:{value}" for key, value in sorted(metric.dimensions.items()))]
    return f"{AGGREGATES[metric.statistic]}:aws.{service}.{name}{{{','.join(tags)}}}"


def _dashboard(alarms: Sequence[Alarm], stage: str) -> dict[str, Any]:
    widgets = [
        {
            "definition": {
                "type": "timeseries",
                "title": alarm.description,
                "requests": [{"q": _query(alarm, stage), "display_type": "line"}],
                "markers": [{"value": f"y = {alarm.threshold}", "display_type": "error dashed"}],
            }
        }
        for alarm in alarms
    ]
    return {"title": f"labeler {stage}", "layout_type": "ordered", "widgets": widgets}
