"""The first model is registered as it was evaluated, is fitted on the training rows only, and serves when promoted."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np
import pytest

from labeler.errors import ServiceUnavailableError
from labeler.experiment.data.split import later_rows
from labeler.experiment.training.first_model import SPLIT, FirstModel, quick_classifier, train_first_model
from labeler.models.artifacts import copy_model_to_runs
from labeler.models.bundle import load
from labeler.models.promotion import PromotionRequest, promote
from labeler.models.registry import CANDIDATE_TAG, SHA256_TAG, SPLIT_TAG, connect
from labeler.task import RawFile
from labeler.transactions import task
from labeler_local.synthetic import generate

if TYPE_CHECKING:
    from labeler_local.emulator.stack import LocalStack

MODEL = "cards"


@pytest.fixture(scope="module")
def five_accounts() -> list[RawFile]:
    return [RawFile(*file) for file in generate(accounts=5, seed=11, with_labels=True)]


def train(files: list[RawFile], registry: str) -> FirstModel:
    return train_first_model(files, task=task, registry_uri=registry, model_name=MODEL)


def test_run_uses_exactly_the_evaluated_bundle(
    stack: "LocalStack", five_accounts: list[RawFile], registry: str
) -> None:
    model = train(five_accounts, registry)
    client = connect(registry)

    registered = client.get_model_version(MODEL, model.version)
    assert client.get_registered_model(MODEL).aliases == {}
    promote(
        registry,
        MODEL,
        model.version,
        task=task,
        request=PromotionRequest(by="anna", at=datetime(2026, 3, 1, tzinfo=UTC)),
    )

    pin = copy_model_to_runs(registry, MODEL, None, stack.runs)
    assert (pin.version, pin.sha256, pin.task) == (model.version, model.sha256, "transactions")
    assert (registered.tags[SHA256_TAG], registered.tags[CANDIDATE_TAG]) == (model.sha256, "first")
    assert registered.tags[SPLIT_TAG] == str(SPLIT)


def test_first_model_trains_on_earlier_rows_and_is_evaluated_on_later_ones(
    stack: "LocalStack", five_accounts: list[RawFile], registry: str
) -> None:
    reading = task.read(five_accounts, with_labels=True)
    assert reading.labels is not None
    assert reading.time is not None
    matrix = task.features(reading.table, task.parse_reference(task.default_reference()))
    labels = np.array(reading.labels.to_pylist())
    _, account = np.unique(reading.identity["account_id"].to_pylist(), return_inverse=True)
    is_later = later_rows(account, reading.time, SPLIT.later_share)
    by_hand = quick_classifier().fit(matrix[~is_later], labels[~is_later])

    model = train(five_accounts, registry)

    pin = copy_model_to_runs(registry, MODEL, model.version, stack.runs)
    served = load(stack.runs.get(pin.key), pin, features_digest=task.features_digest())
    assert np.array_equal(served.classifier.predict_proba(matrix), by_hand.predict_proba(matrix))
    assert model.rows == (~is_later).sum()
    assert model.accuracy == pytest.approx((by_hand.predict(matrix[is_later]) == labels[is_later]).mean())


def test_data_digest_does_not_depend_on_file_order(five_accounts: list[RawFile], registry: str) -> None:
    versions = [train(files, registry).version for files in (five_accounts, five_accounts[::-1])]

    client = connect(registry)
    data = {client.get_model_version(MODEL, version).tags["labeler.data"] for version in versions}
    assert len(data) == 1


def test_unreachable_registry_raises_service_unavailable(
    five_accounts: list[RawFile], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")

    with pytest.raises(ServiceUnavailableError, match=r"http://127\.0\.0\.1:9"):
        train(five_accounts, "http://127.0.0.1:9")
