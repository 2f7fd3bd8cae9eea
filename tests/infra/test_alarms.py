"""Alarms: each has a page, calls somebody, and watches something that exists."""

import json
import re
from datetime import time
from typing import Any

import pytest

from cdk.environments import ENVIRONMENTS
from cdk.monitoring.alarms.run import CHAMPION_MISSING
from labeler.errors import ChampionMissingError
from labeler.telemetry import NAMESPACE, Measure, Metric, emit
from tests.infra.templates import ROOT, STAGES, alarms, text

pytestmark = pytest.mark.parametrize("stage", STAGES)


def metrics_of(alarm: dict[str, Any]) -> list[dict[str, Any]]:
    """namespace, name and dimensions of each metric."""
    if "Metrics" not in alarm:
        return [alarm]
    return [entry["MetricStat"]["Metric"] for entry in alarm["Metrics"] if "MetricStat" in entry]


def test_every_alarm_has_a_runbook_and_every_runbook_an_alarm(stacks: Any, stage: str) -> None:
    pages = {page.stem for page in (ROOT / "docs/runbooks").glob("*.md")} - {"README"}
    assert set(alarms(stacks, stage)) == pages


def test_alarm_description_says_what_is_wrong_and_names_the_runbook(stacks: Any, stage: str) -> None:
    for name, alarm in alarms(stacks, stage).items():
        assert alarm["AlarmDescription"].endswith(f"Runbook: docs/runbooks/{name}.md")
        assert len(alarm["AlarmDescription"].split()) > 8, name


def test_alarms_of_the_run_watch_metrics_that_are_emitted(stacks: Any, stage: str) -> None:
    emitted = {metric.value for metric in Metric}
    filtered = {
        transformation["MetricName"]
        for metric_filter in stacks(stage, "observability").of_type("AWS::Logs::MetricFilter").values()
        for transformation in metric_filter["MetricTransformations"]
        if transformation["MetricNamespace"] == NAMESPACE
    }
    watched = {
        metric["MetricName"]
        for alarm in alarms(stacks, stage).values()
        for metric in metrics_of(alarm)
        if metric["Namespace"] == NAMESPACE
    }
    assert filtered == {CHAMPION_MISSING}
    assert watched - emitted - filtered == set()


def test_alarms_of_the_run_use_the_dimension_that_completion_emits(
    stacks: Any, stage: str, capsys: pytest.CaptureFixture[str]
) -> None:

    emit("completion", [Measure(Metric.SLACK, 1, "Seconds")])
    service = json.loads(capsys.readouterr().out)["service"]
    for name in ("slack-low", "workers-short", "run-failed", "reconciliation-failed", "no-run-opened"):
        for metric in metrics_of(alarms(stacks, stage)[name]):
            assert metric["Dimensions"] == [{"Name": "service", "Value": service}], name


def test_alarm_for_a_missing_run_fires_in_time_to_start_it_by_hand(stacks: Any, stage: str) -> None:
    run = ENVIRONMENTS[stage].run
    variables = stacks(stage, "pipeline").one("AWS::Lambda::Function", "TickFunction")["Environment"]["Variables"]
    due = time.fromisoformat(variables["LABELER_DAILY_RUN_DUE_AT"])
    alarm = alarms(stacks, stage)["no-run-opened"]
    fires_after_s = seconds(due) - seconds(run.opens_at) + alarm["Period"] * alarm["EvaluationPeriods"]
    assert 300 <= fires_after_s <= run.deadline_s / 2
    assert alarm["MetricName"] == Metric.DAILY_RUN_MISSING
    assert alarm["TreatMissingData"] == "notBreaching", "silence is tick-silent's"


def test_stages_expect_the_run_when_the_dag_opens_it(stacks: Any, stage: str) -> None:
    dag = (ROOT / "dags/daily_labeling.py").read_text()
    (cron,) = re.findall(r'CronDataIntervalTimetable\("(\S+) (\S+) \* \* \*", timezone="UTC"\)', dag)
    opens = ENVIRONMENTS[stage].run.opens_at
    assert (opens.minute, opens.hour) == tuple(map(int, cron))
    start = (ROOT / "dags/labeling/labels.py").read_text()
    assert "data_interval_start.date()" in start, "the day before is what the tick waits for"


def seconds(at: time) -> int:
    return 3600 * at.hour + 60 * at.minute + at.second


def test_missing_champion_is_counted_by_the_name_of_its_error(stacks: Any, stage: str) -> None:
    metric_filter = stacks(stage, "observability").one("AWS::Logs::MetricFilter")
    assert ChampionMissingError.__name__ in metric_filter["FilterPattern"]
    assert "ManifestLogs" in text(metric_filter["LogGroupName"])


def test_dead_letter_alarm_counts_messages_that_completion_has_received(stacks: Any, stage: str) -> None:
    """Receiving them hides them for a while."""
    counted = {metric["MetricName"] for metric in metrics_of(alarms(stacks, stage)["dead-letters"])}
    assert counted == {"ApproximateNumberOfMessagesVisible", "ApproximateNumberOfMessagesNotVisible"}


def test_monitoring_host_alarm_watches_the_metric_that_the_host_sends_for_its_page(stacks: Any, stage: str) -> None:
    """A machine without a page is in service, and its successor, too."""
    alarm = alarms(stacks, stage)["monitoring-host-down"]
    assert (alarm["MetricName"], "Dimensions" in alarm) == (Metric.MONITORING_PAGE_SERVED, False)
    data = stacks(stage, "monitoring").one("AWS::EC2::LaunchTemplate")["LaunchTemplateData"]["UserData"]
    assert f"--namespace {NAMESPACE} --metric-name {Metric.MONITORING_PAGE_SERVED} --value 1" in text(
        data["Fn::Base64"]
    )


def test_only_metrics_that_never_stop_fire_when_data_is_missing(stacks: Any, stage: str) -> None:
    silent = {name for name, alarm in alarms(stacks, stage).items() if alarm["TreatMissingData"] == "breaching"}
    assert silent == {"tick-silent", "registry-down", "monitoring-host-down"}


def test_dashboard_begins_with_slack_units_workers_and_dead_letters(stacks: Any, stage: str) -> None:
    body = text(stacks(stage, "observability").one("AWS::CloudWatch::Dashboard")["DashboardBody"])
    first = re.findall(r'"title":"([^"]+)"', body)[:4]
    assert first == [
        "Slack to the deadline, seconds",
        "Units left",
        "Workers needed and at work",
        "Dead letters",
    ]
    assert body.count('"type":"alarm"') == 1
