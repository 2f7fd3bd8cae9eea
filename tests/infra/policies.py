"""What the synthesised policies of a stage really allow: tokens resolved to names, statements asked as IAM asks them."""

import json
import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, NamedTuple

from tests.infra.calls import ACCOUNT, DATA_KEY, REGION, TOPIC_KEY, Need, arn
from tests.infra.templates import as_list

PSEUDO = {"AWS::Partition": "aws", "AWS::Region": REGION, "AWS::AccountId": ACCOUNT, "AWS::URLSuffix": "amazonaws.com"}
HASH = re.compile(r"[0-9A-F]{8}$")
# A construct's path without its hash -> what the recorded day calls it.
NAMES = {
    **{part: f"arn:aws:s3:::labeler-{part.lower()}" for part in ("Raw", "Labels", "Runs", "Monitoring", "Experiments")},
    "Artifacts": "arn:aws:s3:::labeler-registry",
    "Ledger": arn("dynamodb", "table/labeler-ledger"),
    "WorkQueue": arn("sqs", "labeler-work"),
    "WorkDeadLetters": arn("sqs", "labeler-dead-letters"),
    "CompletionQueue": arn("sqs", "labeler-completion"),
    "ManifestFunction": arn("lambda", "function:labeler-manifest"),
    "AlarmsTopic": arn("sns", "alarms"),
    "Key": DATA_KEY,
    "AlarmsKey": TOPIC_KEY,
}


class Grant(NamedTuple):
    """One action on one pattern of resources, as a role's policy has it."""

    role: str
    action: str
    resource: str
    namespace: str
    """The value that CloudWatch's condition key must have, or another condition; empty without one."""

    def allows(self, need: Need) -> bool:
        return (
            self.action.lower() == need.action.lower()
            and fits(need.resource, self.resource)
            and self.namespace in {"", need.namespace}
        )


def fits(resource: str, pattern: str) -> bool:
    """IAM's wildcards: * and ?, over slashes, case by case. Brackets mean themselves."""
    return fnmatchcase(resource, pattern.replace("[", "[[]"))


class Stage:
    """The templates of one stage, which import from each other."""

    def __init__(self, folder: Path) -> None:
        self.name = folder.name.removeprefix("assembly-")
        self._templates: dict[str, Mapping[str, Any]] = {}
        for path in folder.glob("*.template.json"):
            part = HASH.sub("", path.name.partition(".")[0]).removeprefix(self.name)
            self._templates[part] = json.loads(path.read_text())
        self._exports = {
            self._text(output["Export"]["Name"], part): (output["Value"], part)
            for part, body in self._templates.items()
            for output in body.get("Outputs", {}).values()
            if "Export" in output
        }

    def grants(self) -> Iterator[Grant]:
        for part, body in self._templates.items():
            for name, resource in body["Resources"].items():
                for role, statement in _statements(name, resource):
                    yield from self._of_statement(role, statement, part)

    def _of_statement(self, role: str, statement: Mapping[str, Any], part: str) -> Iterator[Grant]:
        if statement["Effect"] != "Allow" or statement.keys() & {"NotAction", "NotResource"}:
            raise ValueError(f"{role} has a statement that this can't judge: {statement}")
        namespace = _namespace(statement.get("Condition", {}))
        for action in as_list(statement["Action"]):
            for resource in as_list(statement["Resource"]):
                yield Grant(
                    role, action, self._text(resource, part).replace(f"labeler_{self.name}", "labeler"), namespace
                )

    def _text(self, value: Any, part: str) -> str:
        match value:
            case str():
                return value
            case {"Ref": name}:
                return PSEUDO.get(name) or named(name)
            case {"Fn::GetAtt": [name, _]}:
                return named(name)
            case {"Fn::ImportValue": name}:
                return self._text(*self._exports[self._text(name, part)])
            case {"Fn::Join": [separator, parts]}:
                return str(separator).join(self._text(each, part) for each in parts)
        raise ValueError(f"{value} of {part} is not understood")


def named(logical_id: str) -> str:
    path = HASH.sub("", logical_id)
    return NAMES.get(path, f"<{path}>")


def _statements(name: str, resource: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """(role's or managed policy's path, statement)."""
    properties = resource.get("Properties", {})
    match resource["Type"]:
        case "AWS::IAM::Policy":
            (role,) = properties["Roles"]
            documents = [(HASH.sub("", role["Ref"]), properties["PolicyDocument"])]
        case "AWS::IAM::ManagedPolicy":
            documents = [(HASH.sub("", name), properties["PolicyDocument"])]
        case "AWS::IAM::Role":
            documents = [(HASH.sub("", name), policy["PolicyDocument"]) for policy in properties.get("Policies", [])]
        case _:
            documents = []
    for role, document in documents:
        yield from ((role, statement) for statement in document["Statement"])


def _namespace(condition: Mapping[str, Any]) -> str:
    """Of another condition its text, which no call has: such a grant of a recorded role is found to be unused."""
    match condition:
        case {"StringEquals": {"cloudwatch:namespace": str(namespace), **others}, **rest} if not (others or rest):
            return namespace
    return json.dumps(condition) if condition else ""
