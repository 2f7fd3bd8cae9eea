"""How long things are kept, as the environment says."""

from aws_cdk import RemovalPolicy
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from constructs import Construct

from cdk.environment import Environment, Retention

DAYS = {
    1: logs.RetentionDays.ONE_DAY,
    14: logs.RetentionDays.TWO_WEEKS,
    30: logs.RetentionDays.ONE_MONTH,
    365: logs.RetentionDays.ONE_YEAR,
}


def removal(retention: Retention) -> RemovalPolicy:
    return RemovalPolicy.RETAIN if retention.is_kept else RemovalPolicy.DESTROY


def log_group(
    scope: Construct, construct_id: str, *, environment: Environment, name: str | None = None
) -> logs.LogGroup:
    """Logs go with their stack: what must outlive it is in S3. `name`: the only one that some service writes to."""
    return logs.LogGroup(
        scope,
        construct_id,
        log_group_name=name,
        retention=DAYS[environment.retention.logs],
        removal_policy=RemovalPolicy.DESTROY,
    )


def encryption_key(scope: Construct, construct_id: str, *, environment: Environment, description: str) -> kms.Key:
    """Kept as long as what it encrypts."""
    return kms.Key(
        scope,
        construct_id,
        description=description,
        enable_key_rotation=True,
        removal_policy=removal(environment.retention),
    )
