"""Reads CloudFormation stacks: the resources that were created, and the outputs."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from labeler.aws import Aws
from labeler.aws_errors import translated_errors
from labeler.errors import SettingsError

HINT = "the template is not what the code expects: see cdk/stacks"


@dataclass(frozen=True, slots=True)
class StackResource:
    """A resource that a stack created."""

    type: str
    logical_id: str
    physical_id: str


def stack_resources(aws: Aws, stack: str) -> list[StackResource]:
    with translated_errors(f"reading the resources of {stack}"):
        pages = aws.session.client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=stack)
        return [
            StackResource(one["ResourceType"], one["LogicalResourceId"], one["PhysicalResourceId"])
            for page in pages
            for one in page["StackResourceSummaries"]
        ]


class Stacks:
    """Several stacks as one."""

    def __init__(self, aws: Aws, names: Sequence[str]) -> None:
        self._resources = [resource for name in names for resource in stack_resources(aws, name)]
        self._outputs: dict[str, str] = {}
        for name in names:
            self._outputs |= _outputs(aws, name)

    def of_type(self, type_: str) -> list[StackResource]:
        return [resource for resource in self._resources if resource.type == type_]

    def only(self, type_: str, prefix: str = "") -> StackResource:
        """The only resource of a type whose logical id has the prefix. Raises SettingsError for none or several."""
        matching = [resource for resource in self.of_type(type_) if resource.logical_id.startswith(prefix)]
        if len(matching) != 1:
            raise SettingsError(f"the stacks have {len(matching)} {type_} {prefix}, not one", hint=HINT)
        return matching[0]

    def json_output(self, name: str) -> dict[str, str]:
        """Raises SettingsError when no stack has it."""
        if name not in self._outputs:
            raise SettingsError(f"no stack has the output {name}", hint=HINT)
        variables: dict[str, str] = json.loads(self._outputs[name])
        return variables


def _outputs(aws: Aws, stack: str) -> dict[str, str]:
    with translated_errors(f"reading the outputs of {stack}"):
        (description,) = aws.session.client("cloudformation").describe_stacks(StackName=stack)["Stacks"]
    return {one["OutputKey"]: one["OutputValue"] for one in description.get("Outputs", [])}
