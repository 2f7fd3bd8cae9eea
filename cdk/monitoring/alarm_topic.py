"""Whom alarms call: one encrypted topic, for CloudWatch, for Airflow and for the jobs."""

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from cdk.access import Grantee, allow
from cdk.environment import Environment
from cdk.placeholder import refuse_placeholder
from cdk.retention import encryption_key


class AlarmTopic(Construct):
    def __init__(self, scope: Construct, construct_id: str, *, environment: Environment) -> None:
        super().__init__(scope, construct_id)
        self.key = self._key(environment)
        self.topic = self._topic()
        if environment.alarm_email:
            where = f"{environment.name.upper()}.alarm_email"
            refuse_placeholder(self, "EmailIsNamed", value=environment.alarm_email, where=where)
            self.topic.add_subscription(subscriptions.EmailSubscription(environment.alarm_email))

    def allow_publishing(self, grantee: Grantee) -> None:
        """SNS uses the key in the publisher's name."""
        allow(grantee, ["sns:Publish"], [self.topic.topic_arn])
        allow(grantee, ["kms:Decrypt", "kms:GenerateDataKey"], [self.key.key_arn])

    def _key(self, environment: Environment) -> kms.Key:
        key = encryption_key(self, "Key", environment=environment, description="alarms on their way")
        # CloudWatch publishes itself; with SNS's own key it could not
        key.add_to_resource_policy(self._by_cloudwatch(["kms:Decrypt", "kms:GenerateDataKey"], "*"))
        return key

    def _topic(self) -> sns.Topic:
        topic = sns.Topic(self, "Topic", master_key=self.key, enforce_ssl=True)
        # a policy of ours takes the place of SNS's own, which lets the account's alarms in; roles bring their own grant
        topic.add_to_resource_policy(self._by_cloudwatch(["sns:Publish"], topic.topic_arn))
        return topic

    def _by_cloudwatch(self, actions: list[str], resource: str) -> iam.PolicyStatement:
        """Of this account only."""
        return iam.PolicyStatement(
            principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
            actions=actions,
            resources=[resource],
            conditions={"StringEquals": {"aws:SourceAccount": Stack.of(self).account}},
        )
