"""What Airflow's pods stand on: roles, accounts and variables of the trainer and of the drift report."""

from collections.abc import Iterable
from pathlib import Path

from aws_cdk import Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_eks_v2 as eks
from aws_cdk import aws_secretsmanager as secrets
from constructs import Construct

from cdk.cluster.cluster import Cluster
from cdk.cluster.manifests import apply_manifests
from cdk.cluster.objects import namespace_manifest
from cdk.cluster.pods import pod_role
from cdk.data.resources import DataResources
from cdk.environment import Platform
from cdk.environments import GITHUB_REPOSITORY, GITHUB_TOKEN_SECRET
from cdk.monitoring.alarm_topic import AlarmTopic
from cdk.registry.endpoint import PORT, URI
from cdk.run import job_objects
from cdk.run.roles import grant_drift_report, grant_trainer
from cdk.run.settings import monitoring_settings
from labeler.settings import ExperimentSettings, ProposalSettings


class Jobs(Construct):
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        platform: Platform,
        cluster: Cluster,
        data: DataResources,
        alarms: AlarmTopic,
    ) -> None:
        super().__init__(scope, construct_id)
        identities = self._identities(cluster, data, alarms)
        self.home = apply_manifests(self, "Namespace", cluster, [namespace_manifest(job_objects.NAMESPACE)])
        objects = job_objects.job_manifests(
            trainer=self._trainer_variables(data, alarms),
            drift_report=self._drift_report_variables(data),
            cidr=platform.cidr,
            registry_port=PORT,
        )
        apply_manifests(self, "Objects", cluster, objects).node.add_dependency(self.home, *identities)
        cluster.eks.cluster_security_group.add_ingress_rule(
            ec2.Peer.ipv4(platform.cidr), ec2.Port.tcp(443), "Airflow, and people through the monitoring host"
        )
        self._add_orchestrators(cluster, platform.orchestrators)

    def _identities(
        self, cluster: Cluster, data: DataResources, alarms: AlarmTopic
    ) -> list[eks.CfnPodIdentityAssociation]:
        token = secrets.Secret.from_secret_name_v2(self, "GithubToken", GITHUB_TOKEN_SECRET)
        trainer, drift_report = pod_role(self, "TrainerRole"), pod_role(self, "DriftRole")
        grant_trainer(trainer, data, alarms, token.secret_arn)
        grant_drift_report(drift_report, data)
        accounts = {
            "TrainerIdentity": (trainer, job_objects.TRAINER),
            "DriftIdentity": (drift_report, job_objects.DRIFT_REPORT),
        }
        return [
            cluster.add_pod_identity(name, role=role, account=account, namespace=job_objects.NAMESPACE)
            for name, (role, account) in accounts.items()
        ]

    def _trainer_variables(self, data: DataResources, alarms: AlarmTopic) -> dict[str, str]:
        experiment = ExperimentSettings(
            registry_uri=URI, alarm_topic_arn=alarms.topic.topic_arn, monitoring_bucket=data.monitoring.bucket_name
        )
        proposal = ProposalSettings(github_repository=GITHUB_REPOSITORY, github_token_secret=GITHUB_TOKEN_SECRET)
        return {**experiment.as_environment(), **proposal.as_environment(), **self._region()}

    def _drift_report_variables(self, data: DataResources) -> dict[str, str]:
        settings = monitoring_settings(data, thresholds_file=Path(job_objects.THRESHOLDS_FILE))
        return {**settings.as_environment(), **self._region()}

    def _region(self) -> dict[str, str]:
        return {"AWS_DEFAULT_REGION": Stack.of(self).region}

    def _add_orchestrators(self, cluster: Cluster, arns: Iterable[str]) -> None:
        for number, arn in enumerate(arns):
            eks.CfnAccessEntry(
                self,
                f"Orchestrator{number}",
                cluster_name=cluster.eks.cluster_name,
                principal_arn=arn,
                kubernetes_groups=[job_objects.GROUP],
            )
