"""What Airflow's pods stand on: roles, accounts and variables of the trainer and of the drift report."""

from pathlib import Path

from aws_cdk import Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_eks_v2 as eks
from aws_cdk import aws_secretsmanager as secrets
from constructs import Construct

from environments import GITHUB_REPOSITORY, GITHUB_TOKEN_SECRET, Platform
from labeler.settings import ExperimentSettings, MonitoringSettings, ProposalSettings
from parts import roles
from parts.alarm_topic import AlarmTopic
from parts.cluster import Cluster
from parts.objects import apply
from parts.pods import pod_role
from parts.registry_door import PORT, URI
from stacks.data import DataStack
from workloads import jobs


class Jobs(Construct):
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        platform: Platform,
        cluster: Cluster,
        data: DataStack,
        alarms: AlarmTopic,
    ) -> None:
        super().__init__(scope, construct_id)
        token = secrets.Secret.from_secret_name_v2(self, "GithubToken", GITHUB_TOKEN_SECRET)
        trainer, drift = pod_role(self, "TrainerRole"), pod_role(self, "DriftRole")
        roles.grant_trainer(trainer, data, alarms, token.secret_arn)
        roles.grant_drift_report(drift, data)
        identities = [
            cluster.give_role("TrainerIdentity", role=trainer, account=jobs.TRAINER, namespace=jobs.NAMESPACE),
            cluster.give_role("DriftIdentity", role=drift, account=jobs.DRIFT_REPORT, namespace=jobs.NAMESPACE),
        ]
        region = {"AWS_DEFAULT_REGION": Stack.of(self).region}
        experiment = ExperimentSettings(
            registry_uri=URI, alarm_topic_arn=alarms.topic.topic_arn, monitoring_bucket=data.monitoring.bucket_name
        )
        proposal = ProposalSettings(github_repository=GITHUB_REPOSITORY, github_token_secret=GITHUB_TOKEN_SECRET)
        watching = MonitoringSettings(
            raw_bucket=data.raw.bucket_name,
            labels_bucket=data.labels.bucket_name,
            runs_bucket=data.runs.bucket_name,
            monitoring_bucket=data.monitoring.bucket_name,
            thresholds_file=Path(jobs.THRESHOLDS_FILE),
        )
        self.home = apply(self, "Namespace", cluster, [jobs.home()])
        objects = jobs.manifests(
            trainer={**experiment.as_environment(), **proposal.as_environment(), **region},
            drift_report={**watching.as_environment(), **region},
            cidr=platform.cidr,
            registry_port=PORT,
        )
        apply(self, "Objects", cluster, objects).node.add_dependency(self.home, *identities)
        cluster.eks.cluster_security_group.add_ingress_rule(
            ec2.Peer.ipv4(platform.cidr), ec2.Port.tcp(443), "Airflow, and people through the monitoring host"
        )
        for number, arn in enumerate(platform.orchestrators):
            eks.CfnAccessEntry(
                self,
                f"Orchestrator{number}",
                cluster_name=cluster.eks.cluster_name,
                principal_arn=arn,
                kubernetes_groups=[jobs.GROUP],
            )
