"""What the emulator carries of the app, and why not the rest. docs/deploy-local.md says the same to people."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from labeler.aws import Aws
from labeler.aws_errors import translated_errors
from labeler.errors import PermanentError


@dataclass(frozen=True, slots=True)
class Refusal:
    says: str
    """What the CDK prints."""
    why: str


LOCAL, PLATFORM = "local", "dev"
RUN_STACKS = ("local/data", "local/pipeline", "local/observability")
"""The day is labeled on these."""
PLATFORM_STACKS = ("dev/network", "dev/delivery", "dev/data", "dev/experiments", "dev/pipeline", "dev/monitoring")
"""Of a stage with a platform: made, and taken down again."""
CARRIED_STACKS = (*RUN_STACKS, *PLATFORM_STACKS)
REFUSED = {
    "dev/registry": Refusal(
        "Template error: resource DBInstance does not support attribute type MasterUserSecret.SecretArn in Fn::GetAtt",
        "moto's CloudFormation has no password that RDS manages, and its load balancers no TCP listener",
    ),
    "dev/cluster": Refusal(
        "Stack labeler-dev-cluster already exists",
        "moto's CloudFormation has no EKS and answers 500; this is what the CDK's second try hears. "
        "kubectl's custom resources are functions that moto could not run",
    ),
    "dev/observability": Refusal(
        "No export named labeler-dev-registry:",
        "its alarms name the registry's database and load balancer; local/observability has the others",
    ),
}
NOT_DESTROYED = {"dev/network": "moto's CloudFormation deletes no route tables, and a VPC not before them"}

LEFT_OUT = {
    "AWS::S3::BucketPolicy": "moto evaluates such a policy without its conditions: TLS only would deny everything",
    "AWS::SQS::QueuePolicy": "moto lets everybody into a queue",
    "AWS::SNS::TopicPolicy": "moto lets everybody publish",
}
"""Kinds of resources that moto leaves out of a stack without a word."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """A stack's template against what CloudFormation made of it."""

    wanted: int
    made: int
    left_out: Mapping[str, int]
    """By kind."""


def stack_name(path: str) -> str:
    """dev/data is the app's path of the stack labeler-dev-data."""
    return f"labeler-{path.replace('/', '-')}"


def compare(aws: Aws, assembly: Path, path: str) -> Comparison:
    """Raises PermanentError when something is left out that nobody knows of."""
    wanted = _resources_of(assembly, path)
    formation = aws.session.client("cloudformation")
    with translated_errors(f"looking at {stack_name(path)}"):
        pages = formation.get_paginator("list_stack_resources").paginate(StackName=stack_name(path))
        made = {one["LogicalResourceId"] for page in pages for one in page["StackResourceSummaries"]}
    left_out = Counter(kind for name, kind in wanted.items() if name not in made)
    if unknown := sorted(set(left_out) - set(LEFT_OUT)):
        raise PermanentError(
            f"{path} was made without its {', '.join(unknown)}",
            hint="teach it to src/labeler_local/emulator/cloudformation_resources.py, or say why not in src/labeler_local/deployment/carried.py",
        )
    return Comparison(len(wanted), len(made & set(wanted)), left_out)


def _resources_of(assembly: Path, path: str) -> dict[str, str]:
    """Kinds by logical id."""
    body = json.loads(template_of(assembly, path).read_text())
    return {name: resource["Type"] for name, resource in body["Resources"].items()}


def template_of(assembly: Path, path: str) -> Path:
    """The file of a stack in a cloud assembly."""
    folder = assembly / f"assembly-{path.partition('/')[0]}"
    artifacts = json.loads((folder / "manifest.json").read_text())["artifacts"].values()
    for artifact in artifacts:
        if artifact.get("properties", {}).get("stackName") == stack_name(path):
            return folder / str(artifact["properties"]["templateFile"])
    raise PermanentError(f"the app has no stack {path}", hint="see src/labeler_local/deployment/carried.py")
