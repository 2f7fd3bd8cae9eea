"""What rings: each alarm has a page, somebody hears it, and it listens to something that exists."""

import re
from datetime import time
from typing import Any

import pytest

from labeler.telemetry import NAMESPACE, Metric
from tests.infra.templates import ROOT, STAGES, as_list, text

pytestmark = pytest.mark.parametrize("stage", STAGES)


def alarms(stacks: Any, stage: str) -> dict[str, dict[str, Any]]:
    """By the name of their runbook."""
    made = stacks(stage, "observability").of_type("AWS::CloudWatch::Alarm").values()
    return {alarm["AlarmName"].removeprefix(f"labeler-{stage}-"): alarm for alarm in made}


def figures(alarm: dict[str, Any]) -> list[dict[str, Any]]:
    """namespace, name and dimensions of each metric."""
    if "Metrics" not in alarm:
        return [alarm]
    return [entry["MetricStat"]["Metric"] for entry in alarm["Metrics"] if "MetricStat" in entry]


def test_every_alarm_has_a_runbook_and_every_runbook_an_alarm(stacks: Any, stage: str) -> None:
    from alarms import RUNBOOKS

    assert sorted(alarms(stacks, stage)) == list(RUNBOOKS)


def test_an_alarm_says_what_is_wrong_and_what_to_read(stacks: Any, stage: str) -> None:
    for name, alarm in alarms(stacks, stage).items():
        assert alarm["AlarmDescription"].endswith(f"Runbook: docs/runbooks/{name}.md")
        assert len(alarm["AlarmDescription"].split()) > 8, name


def test_somebody_hears_that_it_began_and_that_it_ended(stacks: Any, stage: str) -> None:
    from environments import ENVIRONMENTS

    template = stacks(stage, "pipeline")
    (topic,) = template.of_type("AWS::SNS::Topic")
    (told,) = (
        f"<{output['Export']['Name']}>"
        for output in template.body["Outputs"].values()
        if text(output["Value"]) == f"<{topic}>" and "Export" in output
    )
    for alarm in alarms(stacks, stage).values():
        assert [text(action) for action in alarm["AlarmActions"]] == [told]
        assert [text(action) for action in alarm["OKActions"]] == [told]
    subscribed = [s["Endpoint"] for s in template.of_type("AWS::SNS::Subscription").values()]
    assert subscribed == [email for email in [ENVIRONMENTS[stage].alarm_email] if email]


def test_the_run_s_alarms_listen_to_metrics_that_are_emitted(stacks: Any, stage: str) -> None:
    from alarms import CHAMPION_MISSING

    emitted = {metric.value for metric in Metric}
    filtered = {
        transformed["MetricName"]
        for made in stacks(stage, "observability").of_type("AWS::Logs::MetricFilter").values()
        for transformed in made["MetricTransformations"]
        if transformed["MetricNamespace"] == NAMESPACE
    }
    listened = {
        figure["MetricName"]
        for alarm in alarms(stacks, stage).values()
        for figure in figures(alarm)
        if figure["Namespace"] == NAMESPACE
    }
    assert filtered == {CHAMPION_MISSING}
    assert listened - emitted - filtered == set()


def test_a_metric_s_dimension_is_the_one_that_is_emitted(
    stacks: Any, stage: str, capsys: pytest.CaptureFixture[str]
) -> None:
    import json

    from labeler.telemetry import Measure, emit

    emit("completion", [Measure(Metric.SLACK, 1, "Seconds")])
    service = json.loads(capsys.readouterr().out)["service"]
    for name in ("slack-low", "workers-short", "run-failed", "reconciliation-failed", "no-run-opened"):
        for figure in figures(alarms(stacks, stage)[name]):
            assert figure["Dimensions"] == [{"Name": "service", "Value": service}], name


def test_a_run_that_is_not_open_rings_in_time_to_start_it_by_hand(stacks: Any, stage: str) -> None:
    from environments import ENVIRONMENTS

    run = ENVIRONMENTS[stage].run
    told = stacks(stage, "pipeline").one("AWS::Lambda::Function", "TickFunction")["Environment"]["Variables"]
    due = time.fromisoformat(told["LABELER_DAILY_RUN_DUE_AT"])
    alarm = alarms(stacks, stage)["no-run-opened"]
    rings_after_s = seconds(due) - seconds(run.opens_at) + alarm["Period"] * alarm["EvaluationPeriods"]
    assert 300 <= rings_after_s <= run.deadline_s / 2
    assert alarm["MetricName"] == Metric.DAILY_RUN_MISSING
    assert alarm["TreatMissingData"] == "notBreaching", "silence is tick-silent's"


def test_the_stages_open_their_run_when_airflow_does(stacks: Any, stage: str) -> None:
    from environments import ENVIRONMENTS

    dag = (ROOT / "dags/daily_labeling.py").read_text()
    (cron,) = re.findall(r'CronDataIntervalTimetable\("(\S+) (\S+) \* \* \*", timezone="UTC"\)', dag)
    opens = ENVIRONMENTS[stage].run.opens_at
    assert (opens.minute, opens.hour) == tuple(map(int, cron))
    start = (ROOT / "dags/labeling/labels.py").read_text()
    assert "data_interval_start.date()" in start, "the day before is what the tick waits for"


def seconds(at: time) -> int:
    return 3600 * at.hour + 60 * at.minute + at.second


def test_a_missing_champion_is_found_by_the_error_s_own_name(stacks: Any, stage: str) -> None:
    from labeler.errors import ChampionMissingError

    made = stacks(stage, "observability").one("AWS::Logs::MetricFilter")
    assert ChampionMissingError.__name__ in made["FilterPattern"]
    assert "ManifestLogs" in text(made["LogGroupName"])


def test_dead_letters_ring_while_completion_looks_at_them(stacks: Any, stage: str) -> None:
    """A look hides them for a while."""
    counted = {figure["MetricName"] for figure in figures(alarms(stacks, stage)["dead-letters"])}
    assert counted == {"ApproximateNumberOfMessagesVisible", "ApproximateNumberOfMessagesNotVisible"}


def test_the_monitoring_host_is_judged_by_its_page_which_it_tells_of(stacks: Any, stage: str) -> None:
    """A machine without a page is in service, and its successor, too."""
    alarm = alarms(stacks, stage)["monitoring-host-down"]
    assert (alarm["MetricName"], "Dimensions" in alarm) == (Metric.MONITORING_PAGE_SERVED, False)
    data = stacks(stage, "monitoring").one("AWS::EC2::LaunchTemplate")["LaunchTemplateData"]["UserData"]
    assert f"--namespace {NAMESPACE} --metric-name {Metric.MONITORING_PAGE_SERVED} --value 1" in text(
        data["Fn::Base64"]
    )


def test_silence_of_what_should_always_speak_is_bad(stacks: Any, stage: str) -> None:
    silent = {name for name, alarm in alarms(stacks, stage).items() if alarm["TreatMissingData"] == "breaching"}
    assert silent == {"tick-silent", "registry-down", "monitoring-host-down"}


def let_in(statements: list[dict[str, Any]], service: str) -> dict[str, set[str]]:
    """What a resource's policy allows a service on behalf of this account only: action -> resources."""
    found: dict[str, set[str]] = {}
    for statement in statements:
        if statement["Effect"] != "Allow" or statement["Principal"] != {"Service": service}:
            continue
        assert statement["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}
        for action in as_list(statement["Action"]):
            found.setdefault(action, set()).update(text(resource) for resource in as_list(statement["Resource"]))
    return found


def test_alarms_travel_encrypted_and_cloudwatch_may_send_them(stacks: Any, stage: str) -> None:
    """A topic's policy takes the place of SNS's own, so it has to say that alarms may come in."""
    template = stacks(stage, "pipeline")
    (topic,) = template.of_type("AWS::SNS::Topic")
    assert "KmsMasterKeyId" in template.one("AWS::SNS::Topic")
    key = let_in(template.one("AWS::KMS::Key")["KeyPolicy"]["Statement"], "cloudwatch.amazonaws.com")
    assert set(key) == {"kms:Decrypt", "kms:GenerateDataKey"}
    policy = template.one("AWS::SNS::TopicPolicy")
    assert [text(each) for each in policy["Topics"]] == [f"<{topic}>"]
    published = let_in(policy["PolicyDocument"]["Statement"], "cloudwatch.amazonaws.com")
    assert published == {"sns:Publish": {f"<{topic}>"}}


def test_the_dashboard_answers_first_and_explains_below(stacks: Any, stage: str) -> None:
    body = text(stacks(stage, "observability").one("AWS::CloudWatch::Dashboard")["DashboardBody"])
    first = re.findall(r'"title":"([^"]+)"', body)[:4]
    assert first == [
        "Slack to the deadline, seconds",
        "Units left",
        "Workers needed and at work",
        "Dead letters",
    ]
    assert body.count('"type":"alarm"') == 1


def test_datadog_comes_with_one_field_and_goes_with_it(stacks: Any, stage: str) -> None:
    from environments import ENVIRONMENTS

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


def test_datadog_s_agent_asks_for_its_key_as_its_backend_reads_it(stacks: Any, stage: str) -> None:
    """The backend splits at a semicolon and refuses a secret without one; the cluster agent has it since 7.77."""
    import json

    from environments import ENVIRONMENTS

    datadog = ENVIRONMENTS[stage].datadog
    charts = stacks(stage, "cluster").of_type("Custom::AWSCDK-EKS-HelmChart").values()
    found = [each for each in charts if each["Chart"] == "datadog"]
    assert len(found) == (datadog is not None)
    if datadog is None:
        return
    (chart,) = found
    asked = re.fullmatch(r"ENC\[(.+)\]", json.loads(text(chart["Values"]))["datadog"]["apiKey"])
    assert asked
    secret, key = asked[1].split(";")
    assert secret == datadog.api_key_secret
    assert key
    first_with_it = (3, 223, 1)  # agent 7.80.1
    assert tuple(int(part) for part in chart["Version"].split(".")) >= first_with_it


def test_every_alarm_of_the_run_is_a_monitor_of_datadog_s(stacks: Any, stage: str) -> None:
    from alarms import of_run
    from environments import ENVIRONMENTS

    made = stacks(stage, "observability").of_type("Datadog::Monitors::Monitor").values()
    expected = {alarm.name for alarm in of_run(slack_margin_s=1)} if ENVIRONMENTS[stage].datadog else set()
    assert {m["Name"].rpartition(": ")[2] for m in made} == expected
    assert all("docs/runbooks/" in m["Message"] for m in made)


def test_a_monitor_waits_for_what_datadog_fetches_every_ten_minutes(stacks: Any, stage: str) -> None:
    """docs.datadoghq.com, "Cloud Metric Delay": metrics of AWS come ten to twelve minutes late."""
    made = stacks(stage, "observability").of_type("Datadog::Monitors::Monitor").values()
    for monitor in made:
        window = re.match(r"(min|max)\(last_(\d+)m\):", monitor["Query"])
        assert window
        assert int(window[2]) >= 15, monitor["Name"]
        assert monitor["Options"]["EvaluationDelay"] >= 12 * 60, monitor["Name"]
    assert len(made) in {0, 7}


def test_a_single_point_rings_at_datadog_s_where_it_does_at_cloudwatch_s(stacks: Any, stage: str) -> None:
    """A failed run tells it once; the window around it may hold other runs' zeros."""
    made = stacks(stage, "observability").of_type("Datadog::Monitors::Monitor").values()
    for monitor in made:
        alarm = alarms(stacks, stage)[monitor["Name"].rpartition(": ")[2]]
        is_single, is_below = alarm["DatapointsToAlarm"] == 1, "Less" in alarm["ComparisonOperator"]
        assert monitor["Query"].startswith("min" if is_single is is_below else "max"), monitor["Name"]
        assert monitor["Options"]["RequireFullWindow"] is not is_single, monitor["Name"]
