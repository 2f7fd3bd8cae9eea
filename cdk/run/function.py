"""A Lambda function of the pipeline: ARM, pinned runtime, its own role, its own log group."""

from collections.abc import Mapping
from typing import Any

from aws_cdk import AssetHashType, Duration
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from cdk.access import Grantee, acknowledge, allow, allow_writing_logs
from cdk.cluster.network import SYSTEM
from cdk.environment import Environment
from cdk.retention import log_group
from cdk.run import bundle

VPC_ACTIONS = (
    "ec2:CreateNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:DeleteNetworkInterface",
    "ec2:AssignPrivateIpAddresses",
    "ec2:UnassignPrivateIpAddresses",
)


def function_logs(environment: Environment, function: str) -> str:
    """Where a function of the pipeline logs to: manifest, completion or tick."""
    return f"/labeler/{environment.name}/{function}"


class PipelineFunction(Construct):
    """`variables` are a settings model's: a renamed field fails here, at synth."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        environment: Environment,
        code: str,
        entry: str,
        memory_mb: int,
        timeout_s: int,
        variables: Mapping[str, str],
        vpc: ec2.IVpc | None = None,
    ) -> None:
        super().__init__(scope, construct_id)
        # a name: the runbooks' commands read it
        name = function_logs(environment, construct_id.lower())
        self.log_group = log_group(self, "Logs", environment=environment, name=name)
        self.role = iam.Role(self, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
        allow_writing_logs(self.role, self.log_group.log_group_arn)
        self.function = lambda_.Function(
            self,
            "Function",
            architecture=lambda_.Architecture.ARM_64,
            runtime=lambda_.Runtime.PYTHON_3_13,
            code=_code(code),
            handler=f"handler.{entry}",
            memory_size=memory_mb,
            timeout=Duration.seconds(timeout_s),
            environment=dict(variables),
            role=self.role,
            log_group=self.log_group,
            **self._network(vpc),
        )
        self._acknowledge_runtime()

    def allow_invocation(self, grantee: Grantee) -> None:
        allow(grantee, ["lambda:InvokeFunction"], [self.function.function_arn])

    def _network(self, vpc: ec2.IVpc | None) -> dict[str, Any]:
        if vpc is None:
            return {}
        allow(
            self.role,
            VPC_ACTIONS,
            ["*"],
            why_any="Lambda checks them before the interface exists; AWS offers no narrower resource for a function in a VPC",
        )
        self.security_group = ec2.SecurityGroup(self, "Group", vpc=vpc, allow_all_outbound=True)
        return {
            "vpc": vpc,
            "vpc_subnets": ec2.SubnetSelection(subnet_group_name=SYSTEM),
            "security_groups": [self.security_group],
        }

    def _acknowledge_runtime(self) -> None:
        acknowledge(
            self.function,
            "AwsSolutions-L1",
            "the bundle is built and measured for Python 3.13; a newer runtime is a change with its own tests",
        )


def _code(name: str) -> lambda_.Code:
    """Raises ValueError for a bundle that Lambda would refuse."""
    folder = bundle.build(name)
    if (size := bundle.size_bytes(folder)) > bundle.LIMIT_BYTES:
        limit = bundle.LIMIT_BYTES / 1e6
        raise ValueError(f"the bundle of {name} has {size / 1e6:.0f} MB: Lambda takes {limit:.0f} unzipped")
    digest = bundle.digest_of(name)
    return lambda_.Code.from_asset(str(folder), asset_hash=digest, asset_hash_type=AssetHashType.CUSTOM)
