"""The ledger's table, and who may do what to it."""

from aws_cdk import aws_dynamodb as dynamodb
from constructs import Construct

from cdk.access import Grantee, allow
from cdk.environment import Environment
from cdk.retention import removal


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

    def allow_actions(self, grantee: Grantee, *actions: str) -> None:
        """Transactions need the actions of their parts: Update is dynamodb:UpdateItem."""
        allow(grantee, [f"dynamodb:{action}" for action in actions], [self.table_arn])
