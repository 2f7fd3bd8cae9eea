"""What a local stack runs: resources, functions with their variables, and what triggers them.

It has one of two sources: resources.py creates the resources, deployed.py finds those that CloudFormation created.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from labeler.settings import (
    PREFIX,
    CompletionSettings,
    ManifestSettings,
    MonitoringSettings,
    OperatorSettings,
    ProcessSettings,
    WorkerSettings,
)
from labeler_local.emulator.functions import COMPLETION, DEFINITIONS, MANIFEST, TICK
from labeler_local.emulator.handlers import Definition

SETTINGS_TYPES: tuple[type[ProcessSettings], ...] = (
    ManifestSettings,
    WorkerSettings,
    CompletionSettings,
    OperatorSettings,
    MonitoringSettings,
)


@dataclass(frozen=True, slots=True)
class Queue:
    name: str
    url: str
    arn: str


@dataclass(frozen=True, slots=True)
class Resources:
    raw_bucket: str
    labels_bucket: str
    runs_bucket: str
    monitoring_bucket: str
    registry_bucket: str
    """Where MLflow's server keeps artifacts."""
    work_queue: Queue
    dead_letter_queue: Queue
    completion_queue: Queue
    completion_dead_letter_queue: Queue
    ledger_table: str
    glue_database: str
    glue_table: str


@dataclass(frozen=True, slots=True)
class EventSource:
    """A queue whose messages trigger a function."""

    queue: Queue
    function: str
    batch_size: int = 10


@dataclass(frozen=True, slots=True)
class Rule:
    """A schedule that triggers a function."""

    arn: str
    function: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pipeline:
    resources: Resources
    functions: tuple[Definition, ...]
    completion: EventSource
    tick: Rule
    variables: Mapping[type[ProcessSettings], Mapping[str, str]]
    """Environment of each process, by the settings that read it."""


def build_pipeline(resources: Resources, fields: Mapping[str, Any], *, region: str, account: str) -> Pipeline:
    """The pipeline on these resources. `fields`: fields of the process settings that are not the defaults, by name.

    Raises SettingsError for a value that its field does not take.
    """
    values = {**_resource_fields(resources), "manifest_function": MANIFEST, **fields}
    environ = {PREFIX + name.upper(): str(value) for name, value in values.items() if value is not None}
    variables = {type_: type_.from_environment(environ).as_environment() for type_ in SETTINGS_TYPES}
    return Pipeline(
        resources=resources,
        functions=DEFINITIONS,
        completion=EventSource(resources.completion_queue, COMPLETION),
        tick=Rule(f"arn:aws:events:{region}:{account}:rule/{TICK}", TICK),
        variables=variables,
    )


def _resource_fields(resources: Resources) -> dict[str, str]:
    """Fields of the process settings that name a resource."""
    return {
        "raw_bucket": resources.raw_bucket,
        "labels_bucket": resources.labels_bucket,
        "runs_bucket": resources.runs_bucket,
        "monitoring_bucket": resources.monitoring_bucket,
        "work_queue_url": resources.work_queue.url,
        "dead_letter_queue_url": resources.dead_letter_queue.url,
        "ledger_table": resources.ledger_table,
        "glue_database": resources.glue_database,
        "glue_table": resources.glue_table,
    }
