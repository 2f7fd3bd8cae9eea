"""A small trained model for the tests that need a real one: trained once a session, then only copied."""

import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from labeler.messages import ModelPin
from labeler.storage import Bucket

ACCOUNTS = 30
SEED = 7
MODEL = "transactions"
PROMOTED_AT = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class TrainedChampion:
    """A SQLite registry with one version, which is the champion, and that version as a run finds it in its bucket."""

    directory: Path
    version: str
    pin: ModelPin
    body: bytes

    @property
    def registry_uri(self) -> str:
        """Only to be read: every test of the session sees what is written there."""
        return f"sqlite:///{self.directory}/mlflow.db"

    def copied_to(self, directory: Path) -> str:
        """The URI of a registry to write to. Its version 1 still points to the artifacts of the original."""
        directory.mkdir(parents=True, exist_ok=True)
        shutil.copy(self.directory / "mlflow.db", directory / "mlflow.db")
        return f"sqlite:///{directory}/mlflow.db"

    def copy_to_runs(self, runs: Bucket) -> ModelPin:
        """What the manifest leaves in S3, without another call to the registry."""
        runs.put_once(self.pin.key, self.body, "application/x-tar")
        return self.pin


class _BucketInMemory:
    """In the place of the runs bucket: there is no stack yet when the session trains."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}

    def put_once(self, key: str, body: bytes, _content_type: str) -> bool:
        self.objects[key] = body
        return True


def train(directory: Path) -> TrainedChampion:
    from labeler.experiment.training.first_model import train_first_model
    from labeler.models.artifacts import copy_model_to_runs
    from labeler.models.promotion import PromotionRequest, promote
    from labeler.task import RawFile
    from labeler.transactions import task
    from labeler_local.synthetic import generate

    uri = f"sqlite:///{directory}/mlflow.db"
    model = train_first_model(
        [RawFile(*file) for file in generate(accounts=ACCOUNTS, seed=SEED, with_labels=True)],
        task=task,
        registry_uri=uri,
        model_name=MODEL,
    )
    promote(uri, MODEL, model.version, task=task, request=PromotionRequest(by="tests", at=PROMOTED_AT))
    runs: Any = _BucketInMemory()
    pin = copy_model_to_runs(uri, MODEL, None, runs)
    return TrainedChampion(directory, model.version, pin, runs.objects[pin.key])


def add_version(registry_uri: str, champion: TrainedChampion, directory: Path, *, trees: int = 5) -> str:
    """Registers another model that predicts otherwise: the champion's first `trees` trees. Returns its version."""
    import skops.io
    from mlflow.tracking import MlflowClient

    from labeler.models.bundle import TRUSTED_TYPES
    from labeler.models.registry import FEATURES_DIGEST_TAG

    model = unpacked(champion.body, directory)
    path = next(model.rglob("*.skops"))
    forest = skops.io.load(path, trusted=sorted(TRUSTED_TYPES))
    forest.estimators_ = forest.estimators_[:trees]
    forest.n_estimators = trees
    skops.io.dump(forest, path)
    client = MlflowClient(tracking_uri=registry_uri, registry_uri=registry_uri)
    tags = {FEATURES_DIGEST_TAG: champion.pin.features_digest}
    return str(client.create_model_version(MODEL, source=model.as_uri(), tags=tags).version)


def unpacked(body: bytes, directory: Path) -> Path:
    import io
    import tarfile

    with tarfile.open(fileobj=io.BytesIO(body)) as tar:
        tar.extractall(directory, filter="data")
    return directory
