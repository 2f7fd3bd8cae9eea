"""The model and the reference data of a run: fetched once per worker, proven before the first row."""

from typing import Any

from labeler.messages import ModelPin, ReferencePin
from labeler.models.bundle import LoadedModel, load, verify
from labeler.models.predict import warm_up
from labeler.storage import Bucket
from labeler.task import LabelingTask


class PinnedParts:
    """Holds the newest of each: a worker serves one run at a time, and its memory is bounded."""

    def __init__(self, runs: Bucket, task: LabelingTask) -> None:
        self._runs = runs
        self._task = task
        self._model: LoadedModel | None = None
        self._reference: tuple[str, Any] | None = None

    def warm_up(self) -> None:
        """Loads what takes seconds before the first message is taken, not while its visibility runs."""
        warm_up()
        self._task.features_digest()

    def model(self, pin: ModelPin) -> LoadedModel:
        """Raises DigestMismatchError, ContractMismatchError, ObjectMissingError."""
        if self._model is None or self._model.pin != pin:
            self._model = None
            self._model = load(self._runs.get(pin.key), pin, features_digest=self._task.features_digest())
        return self._model

    def reference(self, pin: ReferencePin) -> Any:
        """Raises DigestMismatchError, InputInvalidError, ObjectMissingError."""
        if self._reference is None or self._reference[0] != pin.sha256:
            body = verify(self._runs.get(pin.key), pin.sha256, what=f"reference data {pin.version}")
            self._reference = (pin.sha256, self._task.parse_reference(body))
        return self._reference[1]
