"""The ledger's table, and who may do what to it."""

from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from constructs import Construct

from environments import Environment
from parts.access import allow
from parts.retention import removal


class LedgerTable(dynamodb.Table):
    def __init__(self, scope: Construct, construct_id: str, *, environment: Environment) -> None:
        super().__init__(
            scope,
            construct_id,
            partition_key=dynamodb.Attribute(name="pk", type=dynamodb.AttributeType.STRING),
            sort_key=dynamodb.Attribute(name="sk", type=dynamodb.AttributeType.STRING),
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            encryption=dynamodb.TableEncryption.AWS_MANAGED,
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True
            ),
            time_to_live_attribute="expires_at",
            deletion_protection=environment.retention.is_kept,
            removal_policy=removal(environment.retention),
        )

    def allow_actions(self, role: iam.Role | iam.ManagedPolicy, *actions: str) -> None:
        """Transactions ask for the actions of their parts: Update is dynamodb:UpdateItem."""
        allow(role, [f"dynamodb:{action}" for action in actions], [self.table_arn])
