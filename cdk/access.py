"""Grants: exact actions on exact resources. CDK's own grants give whole families of actions.

A wildcard is allowed only with its reason. The reason is noted at the role, where cdk-nag and readers find it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from aws_cdk import Acknowledgment, Reference, Stack, Token, Tokenization, Validations
from aws_cdk import aws_iam as iam
from constructs import IConstruct

Grantee = iam.Role | iam.ManagedPolicy


def allow(
    grantee: Grantee,
    actions: Sequence[str],
    resources: Sequence[str],
    *,
    why_any: str = "",
    conditions: Mapping[str, Any] | None = None,
) -> None:
    """One statement of a role. `why_any` says why a resource with a `*` can't be named more narrowly."""
    statement = iam.PolicyStatement(actions=list(actions), resources=list(resources), conditions=conditions)
    if isinstance(grantee, iam.Role):
        grantee.add_to_policy(statement)
    else:
        grantee.add_statements(statement)
    for resource in resources:
        if "*" not in resource:
            continue
        if not why_any:
            raise ValueError(f"{resource} has a wildcard: say why nothing narrower will do")
        acknowledge(grantee, f"AwsSolutions-IAM5[Resource::{reported_name(grantee, resource)}]", why_any)


def allow_reading_secret(grantee: Grantee, secret_arn: str) -> None:
    """Secrets Manager ends an ARN with six letters of its own, which nobody knows before."""
    allow(grantee, ["secretsmanager:GetSecretValue"], [f"{secret_arn}-??????"])


def allow_writing_logs(grantee: Grantee, log_group_arn: str) -> None:
    allow(
        grantee,
        ["logs:CreateLogStream", "logs:PutLogEvents"],
        [log_group_arn],
        why_any="the log group's own streams: an ARN of a log group ends in :*",
    )


def allow_putting_metrics(grantee: Grantee, namespace: str) -> None:
    allow(
        grantee,
        ["cloudwatch:PutMetricData"],
        ["*"],
        why_any="CloudWatch knows no resources for writing metrics; the condition names the namespace",
        conditions={"StringEquals": {"cloudwatch:namespace": namespace}},
    )


def acknowledge(construct: IConstruct, rule: str, reason: str) -> None:
    """Accepts a finding of cdk-nag at the construct that has it."""
    Validations.of(construct).acknowledge(Acknowledgment(id=rule, reason=reason))


def reported_name(scope: IConstruct, resource: str) -> str:
    """The resource as cdk-nag writes it: <LogicalId.Arn>/key/*, or the export's name when it is another stack's."""
    here = Stack.of(scope)
    for token in Tokenization.reverse_string(resource).tokens:
        value: Any = token
        if Reference.is_reference(token):
            owner = Stack.of(token.target)  # type: ignore[attr-defined] # a Reference, which jsii hands over untyped
            value = token if owner == here else owner.export_value(token)
        resource = resource.replace(Token.as_string(token), _flat(here.resolve(value)))
    return resource


def _flat(value: Any) -> str:
    match value:
        case {"Fn::GetAtt": [name, attribute]}:
            return f"<{name}.{attribute}>"
        case {"Ref": name}:
            return f"<{name}>"
        case {"Fn::ImportValue": name}:
            return str(name)
        case {"Fn::Join": [separator, parts]}:
            return str(separator).join(_flat(part) for part in parts)
    return str(value)
