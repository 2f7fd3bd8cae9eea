"""The pods that Airflow starts: each with its settings, its role and the little that it may reach."""

from typing import Any
from unittest.mock import MagicMock

import pytest

from cdk.environments import GITHUB_REPOSITORY, GITHUB_TOKEN_SECRET
from labeler.monitoring.cloudwatch import send
from labeler.settings import ExperimentSettings, MonitoringSettings, ProposalSettings
from labeler.telemetry import NAMESPACE, Measure, Metric
from tests.infra.objects import manifest, manifests
from tests.infra.templates import ROOT, STAGES, alarms

pytestmark = pytest.mark.parametrize("stage", STAGES)


def variables(stacks: Any, stage: str, job: str) -> dict[str, str]:
    variables: dict[str, str] = manifest(stacks(stage, "cluster"), "ConfigMap", job)["data"]
    return variables


def test_trainer_settings_name_the_registry_the_topic_and_the_token(stacks: Any, stage: str) -> None:
    environment = variables(stacks, stage, "trainer")
    experiment, proposal = (
        ExperimentSettings.from_environment(environment),
        ProposalSettings.from_environment(environment),
    )
    functions = stacks(stage, "pipeline").one("AWS::Lambda::Function", "ManifestFunction")["Environment"]["Variables"]
    assert experiment.registry_uri == functions["LABELER_REGISTRY_URI"]
    assert "AlarmsTopic" in str(experiment.alarm_topic_arn)
    assert (proposal.github_repository, proposal.github_token_secret) == (GITHUB_REPOSITORY, GITHUB_TOKEN_SECRET)
    assert "LABELER_GITHUB_TOKEN" not in environment
    unknown = {name for name in environment if name.startswith("LABELER_")} - set(
        {**experiment.as_environment(), **proposal.as_environment()}
    )
    assert unknown == set()


def test_drift_report_settings_name_the_buckets_and_the_thresholds_file(stacks: Any, stage: str) -> None:
    environment = variables(stacks, stage, "drift-report")
    settings = MonitoringSettings.from_environment(environment)
    buckets = (settings.raw_bucket, settings.labels_bucket, settings.runs_bucket, settings.monitoring_bucket)
    for name, bucket in zip(("Raw", "Labels", "Runs", "Monitoring"), buckets, strict=True):
        assert f"Ref{name}" in bucket
    image = (ROOT / "containers/monitoring/Dockerfile").read_text()
    assert f"COPY monitoring.yaml {settings.thresholds_file}\n" in image
    assert f"LABELER_THRESHOLDS_FILE={settings.thresholds_file}\n" in image


def test_drift_report_may_put_metrics_in_one_namespace_only(stacks: Any, stage: str) -> None:
    (sending,) = (
        statement
        for name, statement in stacks(stage, "cluster").statements()
        if name.startswith("JobsDrift") and "cloudwatch:PutMetricData" in statement["Action"]
    )
    assert sending["Condition"] == {"StringEquals": {"cloudwatch:namespace": NAMESPACE}}


def test_drift_alarm_watches_the_metric_that_the_report_sends(stacks: Any, stage: str) -> None:
    aws = MagicMock()
    send([Measure(Metric.RUN_DRIFTED, 1)], aws)
    request = aws.cloudwatch.put_metric_data.call_args.kwargs
    (sent,) = request["MetricData"]
    alarm = alarms(stacks, stage)["drift"]
    assert (alarm["Namespace"], alarm["MetricName"]) == (request["Namespace"], sent["MetricName"])
    assert alarm["Dimensions"] == sent["Dimensions"]
    assert (alarm["Threshold"], alarm["ComparisonOperator"]) == (1, "GreaterThanOrEqualToThreshold")
    # one value a day must be enough to fire
    assert alarm["DatapointsToAlarm"] == alarm["EvaluationPeriods"] == 1


def test_network_policy_lets_jobs_call_aws_github_and_the_registry_only(stacks: Any, stage: str) -> None:
    template = stacks(stage, "cluster")
    mine = [m for m in manifests(template) if m["kind"] == "NetworkPolicy" and m["metadata"]["namespace"] == "jobs"]
    assert {m["metadata"]["name"] for m in mine} == {"deny-all", "jobs"}
    assert all("ingress" not in m["spec"] and "Ingress" in m["spec"]["policyTypes"] for m in mine)
    (opened,) = (m["spec"]["egress"] for m in mine if m["metadata"]["name"] == "jobs")
    assert {port["port"] for rule in opened for port in rule["ports"]} == {53, 80, 443, 5000}


def test_airflow_may_start_pods_in_the_jobs_namespace_only(stacks: Any, stage: str) -> None:
    template = stacks(stage, "cluster")
    kinds = [m["kind"] for m in manifests(template)]
    assert "ClusterRole" not in kinds
    assert "ClusterRoleBinding" not in kinds
    role, binding = manifest(template, "Role", "orchestrator"), manifest(template, "RoleBinding", "orchestrator")
    assert {role["metadata"]["namespace"], binding["metadata"]["namespace"]} == {"jobs"}
    assert binding["subjects"][0]["name"] == "labeler:orchestrators"
    allowed = {(resource, verb) for rule in role["rules"] for resource in rule["resources"] for verb in rule["verbs"]}
    assert {("pods", "create"), ("pods", "watch"), ("pods/log", "get"), ("pods", "delete")} <= allowed
    assert not any(resource.startswith(("secrets", "*")) or verb == "*" for resource, verb in allowed)
