"""Registering again: nothing twice, what was left undone is completed, changed verdicts change tags."""

from datetime import timedelta
from typing import Any

import pytest

from labeler.errors import ServiceUnavailableError
from labeler.experiment.files import ExperimentFiles
from labeler.experiment.registering.register import register
from labeler.models import registry as names
from labeler.models.registry import CHAMPION, connect
from tests.champion import MODEL
from tests.integration.experiment.finished import write_verdict
from tests.integration.experiment.registering.registered_versions import AT, Candidates, registered, versions


def test_registering_again_creates_no_second_version_or_metric(
    evaluated: ExperimentFiles, logged: Candidates, registry: str
) -> None:
    first = registered(evaluated, registry)
    again = register(evaluated, registry_uri=registry, model_name=MODEL, at=AT + timedelta(hours=1))

    assert again == first
    assert len(versions(registry)) == 3
    history = connect(registry).get_metric_history(logged["trees_1"].run_id, "later_accuracy")
    assert len(history) == 1


def test_registering_again_after_the_winner_s_promotion_changes_nothing(
    evaluated: ExperimentFiles, registry: str
) -> None:
    first = registered(evaluated, registry)
    connect(registry).set_registered_model_alias(MODEL, CHAMPION, "3")

    assert registered(evaluated, registry) == first
    assert len(versions(registry)) == 3


def test_the_next_call_completes_a_registration_that_lost_its_connection(
    evaluated: ExperimentFiles, registry: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mlflow.tracking import MlflowClient

    create, created = MlflowClient.create_model_version, []

    def lost_after_the_first(client: Any, *arguments: Any, **named: Any) -> Any:
        created.append(create(client, *arguments, **named))
        raise ConnectionError("the answer was lost")

    with monkeypatch.context() as broken:
        broken.setattr(MlflowClient, "create_model_version", lost_after_the_first)
        with pytest.raises(ServiceUnavailableError):
            registered(evaluated, registry)
    assert len(created) == 1
    assert not evaluated.registration.exists()

    assert [each.version for each in registered(evaluated, registry).versions] == ["2", "3"]
    assert len(versions(registry)) == 3


def test_a_changed_verdict_updates_tags_and_challenger(
    evaluated: ExperimentFiles, logged: Candidates, registry: str
) -> None:
    registered(evaluated, registry)
    write_verdict(evaluated, tuple(logged), passed=("trees_1",))

    assert registered(evaluated, registry).challenger == "2"
    assert [versions(registry)[number].tags[names.VERDICT_TAG] for number in "23"] == ["passed", "failed"]
    assert len(versions(registry)) == 3
