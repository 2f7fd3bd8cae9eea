"""Arrows of access: exact actions on exact resources. CDK's own grants give whole families of actions.

A wildcard is allowed only with its reason. The reason is noted at the role, where cdk-nag and readers find it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from aws_cdk import Acknowledgment, Reference, Stack, Token, Tokenization, Validations
from aws_cdk import aws_iam as iam
from constructs import IConstruct


def allow(
    role: iam.Role | iam.ManagedPolicy,
    actions: Sequence[str],
    on: Sequence[str],
    *,
    why_any: str = "",
    conditions: Mapping[str, Any] | None = None,
) -> None:
    """One statement of a role. `why_any` says why a resource with a `*` can't be named more narrowly."""
    statement = iam.PolicyStatement(actions=list(actions), resources=list(on), conditions=conditions)
    if isinstance(role, iam.Role):
        role.add_to_policy(statement)
    else:
        role.add_statements(statement)
    for resource in on:
        if "*" not in resource:
            continue
        if not why_any:
            raise ValueError(f"{resource} has a wildcard: say why nothing narrower will do")
        explain(role, f"AwsSolutions-IAM5[Resource::{as_found(role, resource)}]", why_any)


def explain(construct: IConstruct, rule: str, reason: str) -> None:
    """Acknowledges a finding of cdk-nag at the construct that has it."""
    Validations.of(construct).acknowledge(Acknowledgment(id=rule, reason=reason))


def as_found(scope: IConstruct, resource: str) -> str:
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
