"""A CloudFormation template as tests ask it: resources by type, policies by role, tokens as readable text."""

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

    def of_type(self, kind: str) -> dict[str, Properties]:
        """Properties by logical id."""
        return {
            name: resource.get("Properties", {})
            for name, resource in self.resources.items()
            if resource["Type"] == kind
        }

    def one(self, kind: str, begins: str = "") -> Properties:
        """The only one of a type whose logical id begins so."""
        found = [properties for name, properties in self.of_type(kind).items() if name.startswith(begins)]
        assert len(found) == 1, f"{len(found)} of {kind} begin with {begins!r}: {list(self.of_type(kind))}"
        return found[0]

    def waits_for(self, name: str) -> set[str]:
        """Logical ids that a resource's DependsOn names, and theirs, and so on."""
        found: set[str] = set()
        left = [name]
        while left:
            named = set(as_list(self.resources[left.pop()].get("DependsOn", []))) - found
            found |= named
            left += named
        return found

    def statements(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """(role or policy, statement) of all identity policies, inline ones included."""
        for kind in ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"):
            for name, properties in self.of_type(kind).items():
                for statement in properties["PolicyDocument"]["Statement"]:
                    yield name, statement
        for name, properties in self.of_type("AWS::IAM::Role").items():
            for policy in properties.get("Policies", []):
                for statement in policy["PolicyDocument"]["Statement"]:
                    yield name, statement

    def allowed(self, begins: str) -> dict[str, set[str]]:
        """What the policies whose id begins so allow: action -> resources as text."""
        found: dict[str, set[str]] = {}
        for name, statement in self.statements():
            if name.startswith(begins):
                for action in as_list(statement["Action"]):
                    found.setdefault(action, set()).update(text(r) for r in as_list(statement["Resource"]))
        return found


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


def manifests(template: Template) -> list[dict[str, Any]]:
    """The Kubernetes objects of a template, as kubectl gets them but for the tokens."""
    return [
        manifest
        for properties in template.of_type("Custom::AWSCDK-EKS-KubernetesResource").values()
        for manifest in json.loads(text(properties["Manifest"]))
    ]


def manifest(template: Template, kind: str, name: str) -> dict[str, Any]:
    (found,) = (m for m in manifests(template) if m["kind"] == kind and m["metadata"]["name"] == name)
    return found
