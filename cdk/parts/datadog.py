"""Datadog's side: its extension beside the functions, monitors and a dashboard from the same alarms.

Monitors and dashboard are CloudFormation resources of Datadog's own public types. They come, change, roll back and go
with the stack; files that a script sends to Datadog's API would do none of this. The price: somebody activates the
types once for each account and region, with Datadog's keys in the types' configuration.
"""

import json
import re
from collections.abc import Iterable
from typing import Any

from aws_cdk import CfnResource, Stack
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_secretsmanager as secrets
from constructs import Construct

from alarms import Alarm, Figure
from environments import Datadog
from parts.access import allow
from parts.function import PipelineFunction

PUBLISHER = "464622532012"
"""Datadog's account, which publishes the extension's layer."""
MONITOR, DASHBOARD = "Datadog::Monitors::Monitor", "Datadog::Dashboards::Dashboard"
DELAY_S = 900
"""Datadog asks CloudWatch every ten minutes and has a metric after ten to twelve: before that a window is empty."""
SHORTEST_WINDOW_MINUTES = 15
"""Longer than the time between two looks: no point falls between windows."""
AGGREGATES = {"Maximum": "max", "Minimum": "min", "Sum": "sum"}


def extend(function: PipelineFunction, *, datadog: Datadog, stage: str) -> None:
    """The extension sends the function's logs and metrics; it reads the API key itself."""
    scope = function.function
    region = Stack.of(scope).region
    arn = f"arn:aws:lambda:{region}:{PUBLISHER}:layer:Datadog-Extension-ARM:{datadog.extension_version}"
    scope.add_layers(lambda_.LayerVersion.from_layer_version_arn(scope, "DatadogExtension", arn))
    secret = secrets.Secret.from_secret_name_v2(scope, "DatadogApiKey", datadog.api_key_secret)
    # Secrets Manager ends an ARN with six letters of its own, which nobody knows before
    allow(function.role, ["secretsmanager:GetSecretValue"], [f"{secret.secret_arn}-??????"])
    variables = {
        "DD_SITE": datadog.site,
        "DD_API_KEY_SECRET_ARN": secret.secret_arn,
        "DD_ENV": stage,
        "DD_SERVICE": "labeler",
        "DD_TRACE_ENABLED": "false",
    }
    for name, value in variables.items():
        scope.add_environment(name, value)


class DatadogMonitors(Construct):
    def __init__(self, scope: Construct, construct_id: str, *, stage: str, alarms: Iterable[Alarm]) -> None:
        super().__init__(scope, construct_id)
        watched = list(alarms)
        for alarm in watched:
            name = "".join(part.capitalize() for part in alarm.name.split("-"))
            CfnResource(self, name, type=MONITOR, properties=monitor(alarm, stage))
        definition = json.dumps(dashboard(watched, stage), sort_keys=True)
        CfnResource(self, "Dashboard", type=DASHBOARD, properties={"DashboardDefinition": definition})


def monitor(alarm: Alarm, stage: str) -> dict[str, Any]:
    """CloudWatch's threshold. One point is enough where it is there; elsewhere a whole window has to be past it."""
    figure = next(iter(alarm.figures.values()))
    minutes = max(alarm.of * figure.period_s // 60, SHORTEST_WINDOW_MINUTES)
    comparison = "<" if alarm.is_below else ">="
    is_lasting = alarm.points > 1
    aggregate = "max" if alarm.is_below is is_lasting else "min"
    return {
        "Type": "query alert",
        "Name": f"labeler {stage}: {alarm.name}",
        "Message": f"{alarm.says} Runbook: docs/runbooks/{alarm.name}.md",
        "Query": f"{aggregate}(last_{minutes}m):{query(alarm, stage)} {comparison} {alarm.threshold}",
        "Tags": ["service:labeler", f"env:{stage}"],
        "Options": {
            "Thresholds": {"Critical": alarm.threshold},
            "NotifyNoData": alarm.missing == "breaching",
            "EvaluationDelay": DELAY_S,
            # without it the first point of a run would be all of a window
            "RequireFullWindow": is_lasting,
        },
    }


def query(alarm: Alarm, stage: str) -> str:
    terms = {name: term(figure, stage) for name, figure in alarm.figures.items()}
    if not alarm.expression:
        return next(iter(terms.values()))
    return re.sub(r"[a-z]+", lambda found: terms.get(found[0], found[0]), alarm.expression)


def term(figure: Figure, stage: str) -> str:
    """As Datadog's AWS integration names CloudWatch's metrics: aws.sqs.approximate_age_of_oldest_message{...}."""
    place = figure.namespace.removeprefix("AWS/").lower()
    name = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", str(figure.name)).lower()
    tags = ",".join([f"env:{stage}", *(f"{_tag(key)}:{value}" for key, value in sorted(figure.dimensions.items()))])
    return f"{AGGREGATES[figure.statistic]}:aws.{place}.{name}{{{tags}}}"


def dashboard(alarms: Iterable[Alarm], stage: str) -> dict[str, Any]:
    widgets = [
        {
            "definition": {
                "type": "timeseries",
                "title": alarm.says,
                "requests": [{"q": query(alarm, stage), "display_type": "line"}],
                "markers": [{"value": f"y = {alarm.threshold}", "display_type": "error dashed"}],
            }
        }
        for alarm in alarms
    ]
    return {"title": f"labeler {stage}", "layout_type": "ordered", "widgets": widgets}


def _tag(dimension: str) -> str:
    return dimension.lower()
