"""A CloudFormation template as tests read it: resources by type, policies by role, tokens as readable text."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
STAGES = ("dev", "staging", "prod")
PLATFORM_PARTS = ("network", "registry", "experiments", "cluster", "monitoring")
PARTS = ("delivery", "data", "pipeline", "observability", *PLATFORM_PARTS)

Properties = dict[str, Any]


class Template:
    def __init__(self, body: Mapping[str, Any]) -> None:
        self.body = body
        self.resources: Mapping[str, Any] = body["Resources"]

    @classmethod
    def load(cls, assembly: Path, stage: str, part: str) -> "Template":
        (path,) = (assembly / f"assembly-{stage}").glob(f"{stage}{part}*.template.json")
        return cls(json.loads(path.read_text()))

    def of_type(self, resource_type: str) -> dict[str, Properties]:
        """Properties by logical id."""
        return {
            name: resource.get("Properties", {})
            for name, resource in self.resources.items()
            if resource["Type"] == resource_type
        }

    def one(self, resource_type: str, begins: str = "") -> Properties:
        """The only one of a type whose logical id begins so."""
        of_type = self.of_type(resource_type)
        matching = [properties for name, properties in of_type.items() if name.startswith(begins)]
        assert len(matching) == 1, f"{len(matching)} of {resource_type} begin with {begins!r}: {list(of_type)}"
        return matching[0]

    def dependencies(self, name: str) -> set[str]:
        """Logical ids that a resource's DependsOn names, and theirs, and so on."""
        dependencies: set[str] = set()
        waiting = [name]
        while waiting:
            named = set(as_list(self.resources[waiting.pop()].get("DependsOn", []))) - dependencies
            dependencies |= named
            waiting += named
        return dependencies

    def statements(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """(role or policy, statement) of all identity policies, inline ones included."""
        for policy_type in ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"):
            for name, properties in self.of_type(policy_type).items():
                for statement in properties["PolicyDocument"]["Statement"]:
                    yield name, statement
        for name, properties in self.of_type("AWS::IAM::Role").items():
            for policy in properties.get("Policies", []):
                for statement in policy["PolicyDocument"]["Statement"]:
                    yield name, statement

    def allowed(self, begins: str) -> dict[str, set[str]]:
        """What the policies whose id begins so allow: action -> resources as text."""
        allowed: dict[str, set[str]] = {}
        for name, statement in self.statements():
            if name.startswith(begins):
                for action in as_list(statement["Action"]):
                    allowed.setdefault(action, set()).update(text(r) for r in as_list(statement["Resource"]))
        return allowed


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def text(value: Any) -> str:
    """A value with its tokens as <...>."""
    match value:
        case {"Fn::Join": [separator, parts]}:
            return str(separator).join(text(part) for part in parts)
        case {"Fn::GetAtt": [name, attribute]}:
            return f"<{name}.{attribute}>"
        case {"Fn::ImportValue": name}:
            return f"<{name}>"
        case {"Ref": name}:
            return f"<{name}>"
        case str():
            return value
    # without quotes: a token may stand inside a JSON text
    return "<" + json.dumps(value, sort_keys=True).replace('"', "") + ">"


def output_variables(template: Template, name: str) -> dict[str, str]:
    """Variables of an output, tokens as text."""
    variables: dict[str, str] = json.loads(text(template.body["Outputs"][name]["Value"]))
    return variables


def alarms(stacks: Any, stage: str) -> dict[str, Properties]:
    """By the name of their runbook."""
    resources = stacks(stage, "observability").of_type("AWS::CloudWatch::Alarm").values()
    return {alarm["AlarmName"].removeprefix(f"labeler-{stage}-"): alarm for alarm in resources}
