"""The current champion, loaded as a worker would, to be judged on the same rows as the candidates."""

from typing import NamedTuple

from labeler.errors import ChampionMissingError, PermanentError
from labeler.experiment.params import SplitRule
from labeler.messages import ModelPin
from labeler.models.bundle import LoadedModel, load
from labeler.models.registry import (
    CHAMPION,
    FEATURES_DIGEST_TAG,
    SPLIT_TAG,
    TASK_TAG,
    connect,
    download,
    proven,
    registry_errors,
    told,
)
from labeler.task import LabelingTask


class Incumbent(NamedTuple):
    model: LoadedModel | None
    size_bytes: int
    note: str | None
    """Why there is no model, or why comparing with it is not fair."""
    version: str | None = None
    """Of the champion, judged or not; None when there is none."""


def incumbent(registry_uri: str, model_name: str, *, task: LabelingTask, split: SplitRule) -> Incumbent:
    """No champion, or one that can't be judged on these rows, is a note: an experiment goes on without.

    Raises ServiceUnavailableError: whether there is a champion has to be known. Raises DigestMismatchError when the champion is
    not what was registered.
    """
    try:
        with registry_errors(registry_uri, model_name, None):
            client = connect(registry_uri)
            found = client.get_model_version_by_alias(model_name, CHAMPION)
    except ChampionMissingError:
        return Incumbent(None, 0, "no champion yet")
    version = str(found.version)
    name = f"champion {model_name} version {version}"
    digest, task_name = found.tags.get(FEATURES_DIGEST_TAG, ""), found.tags.get(TASK_TAG, "")
    if task_name not in ("", task.name):
        return Incumbent(None, 0, f"{name} was trained for the task {task_name}, this is {task.name}", version)
    if digest != task.features_digest():
        return Incumbent(
            None,
            0,
            f"{name} was trained on features {digest[:12] or 'that it does not name'}, "
            f"these rows have {task.features_digest()[:12]}",
            version,
        )
    with registry_errors(registry_uri, model_name, str(found.version)):
        body = download(client, registry_uri, found)
    pin = ModelPin(
        name=model_name,
        version=str(found.version),
        key="",
        sha256=proven(found, body),
        features_digest=told(found, FEATURES_DIGEST_TAG),
        task=task_name,
    )
    try:
        model = load(body, pin, features_digest=task.features_digest())
    except PermanentError as error:
        return Incumbent(None, 0, f"{name} can't be loaded: {error.message}", version)
    return Incumbent(model, len(body), _doubt(name, found.tags.get(SPLIT_TAG), split), version)


def _doubt(name: str, trained_with: str | None, split: SplitRule) -> str | None:
    if trained_with == str(split):
        return None
    rule = f"the split {trained_with}" if trained_with else "a split that it does not name"
    return f"{name} may have seen these rows: it was trained with {rule}, this is {split}"
