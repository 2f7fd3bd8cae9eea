"""Compares the resources of a deployed stack with its template."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from labeler.aws import Aws
from labeler.aws_errors import translated_errors
from labeler.errors import PermanentError
from labeler_local.deployment.support import IGNORED_TYPES

EMULATOR, SUPPORT = "src/labeler_local/emulator", "src/labeler_local/deployment/support.py"


@dataclass(frozen=True, slots=True)
class Comparison:
    """A stack's template against what CloudFormation created."""

    expected: int
    created: int
    ignored: Mapping[str, int]
    """Number of resources that were not created, by type."""


def stack_name(path: str) -> str:
    """dev/data is the app's path of the stack labeler-dev-data."""
    return f"labeler-{path.replace('/', '-')}"


def compare(aws: Aws, assembly: Path, path: str) -> Comparison:
    """Raises PermanentError when a resource is missing whose type is not in IGNORED_TYPES."""
    expected = _resource_types(assembly, path)
    cloudformation = aws.session.client("cloudformation")
    with translated_errors(f"looking at {stack_name(path)}"):
        pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack_name(path))
        created = {one["LogicalResourceId"] for page in pages for one in page["StackResourceSummaries"]}
    ignored = Counter(type_ for name, type_ in expected.items() if name not in created)
    if unknown := sorted(set(ignored) - set(IGNORED_TYPES)):
        raise PermanentError(
            f"{path} was made without its {', '.join(unknown)}",
            hint=f"add it to {EMULATOR}/cloudformation_resources.py, or the reason to {SUPPORT}",
        )
    return Comparison(len(expected), len(created & set(expected)), ignored)


def _resource_types(assembly: Path, path: str) -> dict[str, str]:
    """By logical id."""
    body = json.loads(template_of(assembly, path).read_text())
    return {name: resource["Type"] for name, resource in body["Resources"].items()}


def template_of(assembly: Path, path: str) -> Path:
    """The file of a stack in a cloud assembly."""
    folder = assembly / f"assembly-{path.partition('/')[0]}"
    artifacts = json.loads((folder / "manifest.json").read_text())["artifacts"].values()
    for artifact in artifacts:
        if artifact.get("properties", {}).get("stackName") == stack_name(path):
            return folder / str(artifact["properties"]["templateFile"])
    raise PermanentError(f"the app has no stack {path}", hint=f"see {SUPPORT}")
