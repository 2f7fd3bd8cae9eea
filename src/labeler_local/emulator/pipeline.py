"""What a local stack runs: resources, functions with their variables, and what calls them.

It comes from one of two sources: resources.py makes all of it by hand, deployed.py finds what CloudFormation made.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from labeler.settings import ProcessSettings
from labeler_local.emulator.functions import Definition


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
    """A queue whose messages a function gets."""

    queue: Queue
    function: str
    batch_size: int = 10


@dataclass(frozen=True, slots=True)
class Rule:
    """What calls a function again and again."""

    arn: str
    function: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pipeline:
    resources: Resources
    functions: tuple[Definition, ...]
    completion: EventSource
    tick: Rule
    variables: Mapping[type[ProcessSettings], Mapping[str, str]]
    """Of each process, by the settings that read them."""
