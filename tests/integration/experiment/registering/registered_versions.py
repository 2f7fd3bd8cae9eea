"""Registrations in the tests' registry, and what it holds afterwards."""

from datetime import UTC, datetime
from typing import Any

from labeler.experiment.files import ExperimentFiles
from labeler.experiment.records import TrainedCandidate
from labeler.experiment.registering.register import register
from labeler.experiment.registration import Registration
from labeler.models.registry import connect
from tests.champion import MODEL

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
Candidates = dict[str, TrainedCandidate]


def registered(files: ExperimentFiles, registry: str) -> Registration:
    return register(files, registry_uri=registry, model_name=MODEL, at=AT)


def versions(registry: str) -> dict[str, Any]:
    return {str(each.version): each for each in connect(registry).search_model_versions(f"name='{MODEL}'")}


def aliases(registry: str) -> dict[str, str]:
    return {alias: str(version) for alias, version in connect(registry).get_registered_model(MODEL).aliases.items()}
