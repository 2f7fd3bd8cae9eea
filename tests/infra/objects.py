"""The Kubernetes objects of a template, as tests read them."""

import json
from typing import Any

from tests.infra.templates import Template, text


def manifests(template: Template) -> list[dict[str, Any]]:
    """As kubectl gets them but for the tokens."""
    return [
        manifest
        for properties in template.of_type("Custom::AWSCDK-EKS-KubernetesResource").values()
        for manifest in json.loads(text(properties["Manifest"]))
    ]


def manifest(template: Template, kind: str, name: str) -> dict[str, Any]:
    (only,) = (m for m in manifests(template) if m["kind"] == kind and m["metadata"]["name"] == name)
    return only


def scaled_object(stacks: Any, stage: str) -> dict[str, Any]:
    """The spec of what KEDA scales."""
    spec: dict[str, Any] = manifest(stacks(stage, "cluster"), "ScaledObject", "worker")["spec"]
    return spec


def scaling_trigger(stacks: Any, stage: str, name: str) -> dict[str, Any]:
    (trigger,) = (each for each in scaled_object(stacks, stage)["triggers"] if each["name"] == name)
    return dict(trigger)


def minute_of_the_day(cron: str) -> int:
    minute, hour, *every_day = cron.split()
    assert every_day == ["*", "*", "*"]
    return 60 * int(hour) + int(minute)
