"""The pods that Airflow starts: each with its settings, its role and the little that it may reach."""

import re
from typing import Any

import pytest

from labeler.settings import ExperimentSettings, MonitoringSettings, ProposalSettings
from tests.infra.templates import ROOT, STAGES, manifest, manifests, text

pytestmark = pytest.mark.parametrize("stage", STAGES)


def variables(stacks: Any, stage: str, job: str) -> dict[str, str]:
    found: dict[str, str] = manifest(stacks(stage, "cluster"), "ConfigMap", job)["data"]
    return found


def test_the_trainer_s_settings_lead_to_the_registry_the_topic_and_the_token(stacks: Any, stage: str) -> None:
    from environments import GITHUB_REPOSITORY, GITHUB_TOKEN_SECRET

    given = variables(stacks, stage, "trainer")
    experiment, proposal = ExperimentSettings.from_environment(given), ProposalSettings.from_environment(given)
    functions = stacks(stage, "pipeline").one("AWS::Lambda::Function", "ManifestFunction")["Environment"]["Variables"]
    assert experiment.registry_uri == functions["LABELER_REGISTRY_URI"]
    assert "AlarmsTopic" in str(experiment.alarm_topic_arn)
    assert (proposal.github_repository, proposal.github_token_secret) == (GITHUB_REPOSITORY, GITHUB_TOKEN_SECRET)
    assert "LABELER_GITHUB_TOKEN" not in given
    unknown = {name for name in given if name.startswith("LABELER_")} - set(
        {**experiment.as_environment(), **proposal.as_environment()}
    )
    assert unknown == set()


def test_the_drift_report_s_settings_name_the_buckets_and_the_image_s_thresholds(stacks: Any, stage: str) -> None:
    given = variables(stacks, stage, "drift-report")
    settings = MonitoringSettings.from_environment(given)
    buckets = (settings.raw_bucket, settings.labels_bucket, settings.runs_bucket, settings.monitoring_bucket)
    for name, bucket in zip(("Raw", "Labels", "Runs", "Monitoring"), buckets, strict=True):
        assert f"Ref{name}" in bucket
    image = (ROOT / "containers/monitoring/Dockerfile").read_text()
    assert f"COPY monitoring.yaml {settings.thresholds_file}\n" in image
    assert f"LABELER_THRESHOLDS_FILE={settings.thresholds_file}\n" in image


@pytest.mark.parametrize(("account", "role"), [("trainer", "JobsTrainerRole"), ("drift-report", "JobsDriftRole")])
def test_a_job_s_account_has_its_role(stacks: Any, stage: str, account: str, role: str) -> None:
    template = stacks(stage, "cluster")
    made = manifest(template, "ServiceAccount", account)
    assert made["metadata"]["namespace"] == "jobs"
    (given,) = (
        found
        for found in template.of_type("AWS::EKS::PodIdentityAssociation").values()
        if (found["Namespace"], found["ServiceAccount"]) == ("jobs", account)
    )
    assert text(given["RoleArn"]).startswith(f"<{role}")


@pytest.mark.parametrize(("part", "role"), [("cluster", "JobsTrainerRole"), ("pipeline", "Orchestrator")])
def test_the_topic_hears_the_trainer_and_airflow_though_it_is_encrypted(
    stacks: Any, stage: str, part: str, role: str
) -> None:
    allowed = stacks(stage, part).allowed(role)
    (topic,) = allowed["sns:Publish"]
    assert "AlarmsTopic" in topic
    assert "*" not in topic
    for use in ("kms:Decrypt", "kms:GenerateDataKey"):
        assert any("AlarmsKey" in key for key in allowed[use]), use


def test_figures_are_sent_to_the_run_s_namespace_only(stacks: Any, stage: str) -> None:
    from labeler.telemetry import NAMESPACE

    (sending,) = (
        statement
        for name, statement in stacks(stage, "cluster").statements()
        if name.startswith("JobsDrift") and "cloudwatch:PutMetricData" in statement["Action"]
    )
    assert sending["Condition"] == {"StringEquals": {"cloudwatch:namespace": NAMESPACE}}


def test_the_drift_alarm_listens_to_what_the_report_sends(stacks: Any, stage: str) -> None:
    from labeler.monitoring.cloudwatch import send
    from labeler.telemetry import Measure, Metric

    class Heard:
        """CloudWatch's client, and who has it."""

        asked: dict[str, Any]

        @property
        def cloudwatch(self) -> "Heard":
            return self

        def put_metric_data(self, **asked: Any) -> None:
            self.asked = asked

    heard: Any = Heard()
    send([Measure(Metric.RUN_DRIFTED, 1)], heard)
    (sent,) = heard.asked["MetricData"]
    (alarm,) = (
        made
        for made in stacks(stage, "observability").of_type("AWS::CloudWatch::Alarm").values()
        if made["AlarmName"] == f"labeler-{stage}-drift"
    )
    assert (alarm["Namespace"], alarm["MetricName"]) == (heard.asked["Namespace"], sent["MetricName"])
    assert alarm["Dimensions"] == sent["Dimensions"]
    assert (alarm["Threshold"], alarm["ComparisonOperator"]) == (1, "GreaterThanOrEqualToThreshold")
    # one figure a day must be enough to ring
    assert alarm["DatapointsToAlarm"] == alarm["EvaluationPeriods"] == 1


def test_nobody_calls_a_job_and_a_job_calls_aws_github_and_the_registry(stacks: Any, stage: str) -> None:
    template = stacks(stage, "cluster")
    mine = [m for m in manifests(template) if m["kind"] == "NetworkPolicy" and m["metadata"]["namespace"] == "jobs"]
    assert {m["metadata"]["name"] for m in mine} == {"deny-all", "jobs"}
    assert all("ingress" not in m["spec"] and "Ingress" in m["spec"]["policyTypes"] for m in mine)
    (opened,) = (m["spec"]["egress"] for m in mine if m["metadata"]["name"] == "jobs")
    assert {port["port"] for rule in opened for port in rule["ports"]} == {53, 80, 443, 5000}


def test_airflow_starts_pods_in_the_jobs_namespace_and_sees_no_other(stacks: Any, stage: str) -> None:
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


def test_the_cluster_s_api_is_reached_from_inside_the_network(stacks: Any, stage: str) -> None:
    from environments import ENVIRONMENTS

    opened = {
        (rule["CidrIp"], rule["FromPort"])
        for rule in stacks(stage, "cluster").of_type("AWS::EC2::SecurityGroupIngress").values()
        if "CidrIp" in rule
    }
    assert (ENVIRONMENTS[stage].platform.cidr, 443) in opened


def test_a_placeholder_is_refused_before_anything_is_made(stacks: Any, stage: str) -> None:
    from environments import ENVIRONMENTS, GITHUB_SUBJECT

    rules = stacks(stage, "delivery").body.get("Rules", {})
    said = [each["AssertDescription"] for rule in rules.values() for each in rule["Assertions"]]
    is_placeholder = "your-organisation/" in GITHUB_SUBJECT
    assert any("set GITHUB_SUBJECT in cdk/environments.py" in each for each in said) is is_placeholder
    email = ENVIRONMENTS[stage].alarm_email
    told = stacks(stage, "pipeline").body.get("Rules", {})
    assert bool([name for name in told if "Email" in name]) is bool(email and re.search("@example", email))
