"""What a run is pinned to: one model and one set of reference data, resolved once and copied to the runs bucket."""

import hashlib
import json
from collections.abc import Callable

from labeler import layout
from labeler.errors import ContractMismatchError, InputInvalidError
from labeler.messages import ModelPin, Pins, ReferencePin
from labeler.settings import ManifestSettings
from labeler.storage import Bucket, find_message, read_message
from labeler.task import load_task

PinChampion = Callable[[str, str, str | None, Bucket], ModelPin]
"""(registry URI, model name, version or None for the champion, runs bucket) -> the model, copied to the runs bucket."""


def pin_run(
    run_id: str, version: str | None, *, settings: ManifestSettings, runs: Bucket, pin_champion: PinChampion
) -> Pins:
    """The run's pins: the first call of a run decides, any other gets its decision, whatever became champion since."""
    key = layout.pins_key(run_id)
    earlier = find_message(runs, key, Pins)
    if earlier:
        return earlier
    model = pin_champion(settings.registry_uri, settings.model_name, version, runs)
    _require_task(model, settings.task)
    pins = Pins(model=model, reference=pin_reference(settings.task, runs))
    is_first = runs.put_once(key, pins.to_json().encode(), "application/json")
    return pins if is_first else read_message(runs, key, Pins)


def _require_task(model: ModelPin, address: str) -> None:
    """Better one refused run than every unit of it refused by every worker."""
    task = load_task(address).name
    if model.task not in {"", task}:
        raise ContractMismatchError(
            f"model {model.name} version {model.version} was trained for the task {model.task}, this run's is {task}",
            hint="set LABELER_MODEL_NAME or LABELER_TASK",
        )


def copy_from_registry(uri: str, model_name: str, version: str | None, runs: Bucket) -> ModelPin:
    """The real PinChampion. MLflow is imported only here: a call that finds its run started never pays for it."""
    from labeler.models.artifacts import copy_model_to_runs

    return copy_model_to_runs(uri, model_name, version, runs)


def pin_reference(task: str, runs: Bucket) -> ReferencePin:
    """The reference data that S3 holds now, or the task's own, kept under its digest. Raises InputInvalidError."""
    body = runs.find(layout.REFERENCE_CURRENT)
    source = runs.url(layout.REFERENCE_CURRENT)
    if body is None:
        body, source = load_task(task).default_reference(), f"the reference data of {task}"
    sha256 = hashlib.sha256(body).hexdigest()
    version = _version(body, source) or sha256[:12]
    runs.put_once(layout.reference_key(sha256), body, "application/json")
    return ReferencePin(key=layout.reference_key(sha256), sha256=sha256, version=version)


def _version(body: bytes, source: str) -> str | None:
    try:
        content = json.loads(body)
    except ValueError as error:
        # better one refused run than thousands of units that can't read it
        raise InputInvalidError(f"{source} is not JSON: {error}", hint="upload it again") from error
    version = content.get("version") if isinstance(content, dict) else None
    return None if version is None else str(version)
