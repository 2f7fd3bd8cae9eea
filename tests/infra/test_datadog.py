"""Datadog: on with one field, and its monitors fire where CloudWatch's alarms do."""

import json
import re
from typing import Any

import pytest

from cdk.environments import ENVIRONMENTS
from cdk.monitoring.alarms.run import run_alarms
from tests.infra.templates import STAGES, alarms, text

pytestmark = pytest.mark.parametrize("stage", STAGES)


def test_datadog_is_deployed_only_where_the_environment_has_it(stacks: Any, stage: str) -> None:
    is_on = ENVIRONMENTS[stage].datadog is not None
    observability, cluster, pipeline = (stacks(stage, part) for part in ("observability", "cluster", "pipeline"))
    assert bool(observability.of_type("Datadog::Monitors::Monitor")) is is_on
    assert bool(observability.of_type("Datadog::Dashboards::Dashboard")) is is_on
    charts = [chart["Chart"] for chart in cluster.of_type("Custom::AWSCDK-EKS-HelmChart").values()]
    assert ("datadog" in charts) is is_on
    for function in pipeline.of_type("AWS::Lambda::Function").values():
        assert ("Layers" in function) is is_on
        assert any(name.startswith("DD_") for name in function["Environment"]["Variables"]) is is_on
        assert "DD_API_KEY" not in function["Environment"]["Variables"]


def test_agent_names_its_api_key_as_its_secret_backend_reads_it(stacks: Any, stage: str) -> None:
    """The backend splits at a semicolon and refuses a secret without one; the cluster agent has it since 7.77."""

    datadog = ENVIRONMENTS[stage].datadog
    charts = stacks(stage, "cluster").of_type("Custom::AWSCDK-EKS-HelmChart").values()
    agents = [each for each in charts if each["Chart"] == "datadog"]
    assert len(agents) == (datadog is not None)
    if datadog is None:
        return
    (chart,) = agents
    reference = re.fullmatch(r"ENC\[(.+)\]", json.loads(text(chart["Values"]))["datadog"]["apiKey"])
    assert reference
    secret, key = reference[1].split(";")
    assert secret == datadog.api_key_secret
    assert key
    first_with_it = (3, 223, 1)  # agent 7.80.1
    assert tuple(int(part) for part in chart["Version"].split(".")) >= first_with_it


def test_every_alarm_of_the_run_is_a_monitor(stacks: Any, stage: str) -> None:
    monitors = stacks(stage, "observability").of_type("Datadog::Monitors::Monitor").values()
    expected = {alarm.name for alarm in run_alarms(slack_margin_s=1)} if ENVIRONMENTS[stage].datadog else set()
    assert {m["Name"].rpartition(": ")[2] for m in monitors} == expected
    assert all("docs/runbooks/" in m["Message"] for m in monitors)


def test_monitor_waits_longer_than_datadog_takes_to_fetch_metrics(stacks: Any, stage: str) -> None:
    """docs.datadoghq.com, "Cloud Metric Delay": metrics of AWS come ten to twelve minutes late."""
    monitors = stacks(stage, "observability").of_type("Datadog::Monitors::Monitor").values()
    for monitor in monitors:
        window = re.match(r"(min|max)\(last_(\d+)m\):", monitor["Query"])
        assert window
        assert int(window[2]) >= 15, monitor["Name"]
        assert monitor["Options"]["EvaluationDelay"] >= 12 * 60, monitor["Name"]
    assert len(monitors) in {0, 7}


def test_monitor_fires_on_a_single_point_where_the_cloudwatch_alarm_does(stacks: Any, stage: str) -> None:
    """A failed run reports it once; the window around it may hold other runs' zeros."""
    monitors = stacks(stage, "observability").of_type("Datadog::Monitors::Monitor").values()
    for monitor in monitors:
        alarm = alarms(stacks, stage)[monitor["Name"].rpartition(": ")[2]]
        is_single, is_below = alarm["DatapointsToAlarm"] == 1, "Less" in alarm["ComparisonOperator"]
        assert monitor["Query"].startswith("min" if is_single is is_below else "max"), monitor["Name"]
        assert monitor["Options"]["RequireFullWindow"] is not is_single, monitor["Name"]
