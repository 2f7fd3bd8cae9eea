"""A Lambda function of the pipeline: ARM, pinned runtime, its own role, its own log group."""

from collections.abc import Mapping
from typing import Any

from aws_cdk import Duration
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from environments import Environment
from parts.access import allow, explain
from parts.bundle import function_code
from parts.network import SYSTEM
from parts.retention import log_group

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
        allow(
            self.role,
            ["logs:CreateLogStream", "logs:PutLogEvents"],
            [self.log_group.log_group_arn],
            why_any="the log group's own streams: an ARN of a log group ends in :*",
        )
        self.function = lambda_.Function(
            self,
            "Function",
            architecture=lambda_.Architecture.ARM_64,
            runtime=lambda_.Runtime.PYTHON_3_13,
            code=function_code(code),
            handler=f"handler.{entry}",
            memory_size=memory_mb,
            timeout=Duration.seconds(timeout_s),
            environment=dict(variables),
            role=self.role,
            log_group=self.log_group,
            **self._placed(vpc),
        )
        explain(
            self.function,
            "AwsSolutions-L1",
            "the bundle is built and measured for Python 3.13; a newer runtime is a change with its own tests",
        )

    def _placed(self, vpc: ec2.IVpc | None) -> dict[str, Any]:
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

    def allow_invocation(self, role: iam.Role | iam.ManagedPolicy) -> None:
        allow(role, ["lambda:InvokeFunction"], [self.function.function_arn])
