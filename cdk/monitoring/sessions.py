"""Sessions through the monitoring host: Session Manager forwards a person's port to what is inside the network."""

from collections.abc import Sequence

from aws_cdk import Stack

from cdk.access import Grantee, allow

SHELL, FORWARD = "SSM-SessionManagerRunShell", "AWS-StartPortForwardingSessionToRemoteHost"


def grant_sessions(grantee: Grantee, *, host_stack: str, documents: Sequence[str]) -> None:
    """`host_stack`: the name of the stack that the host is in. `documents`: ARNs of what a session may do."""
    stack = Stack.of(grantee)
    allow(
        grantee,
        ["ssm:StartSession"],
        [f"arn:{stack.partition}:ec2:{stack.region}:{stack.account}:instance/*"],
        why_any="the host has another id each week: its stack's tag names it",
        conditions={"StringEquals": {"aws:ResourceTag/aws:cloudformation:stack-name": host_stack}},
    )
    allow(grantee, ["ssm:StartSession"], documents)


def shell_document(stack: Stack) -> str:
    """The account's own settings of a shell."""
    return f"arn:{stack.partition}:ssm:{stack.region}:{stack.account}:document/{SHELL}"


def forward_document(stack: Stack) -> str:
    """AWS's."""
    return f"arn:{stack.partition}:ssm:{stack.region}::document/{FORWARD}"
