"""The current champion, loaded as a worker would, to be evaluated on the same rows as the candidates."""

from typing import NamedTuple

from labeler.errors import ChampionMissingError, PermanentError
from labeler.experiment.params import SplitRule
from labeler.messages import ModelPin
from labeler.models.artifacts import download, required_tag, verified_sha256
from labeler.models.bundle import LoadedModel, load
from labeler.models.registry import CHAMPION, FEATURES_DIGEST_TAG, SPLIT_TAG, TASK_TAG, connect, registry_errors
from labeler.task import LabelingTask


class Champion(NamedTuple):
    model: LoadedModel | None
    size_bytes: int
    note: str | None
    """Why there is no model, or why comparing with it is not fair."""
    version: str | None = None
    """Set also when it can't be evaluated; None when there is no champion."""


def load_champion(registry_uri: str, model_name: str, *, task: LabelingTask, split: SplitRule) -> Champion:
    """No champion, or one that can't be evaluated on these rows, is a note: an experiment goes on without.

    Raises ServiceUnavailableError: whether there is a champion has to be known. Raises DigestMismatchError when the champion is
    not what was registered.
    """
    try:
        with registry_errors(registry_uri, model_name, None):
            client = connect(registry_uri)
            model_version = client.get_model_version_by_alias(model_name, CHAMPION)
    except ChampionMissingError:
        return Champion(None, 0, "no champion yet")
    version, tags = str(model_version.version), model_version.tags
    name = f"champion {model_name} version {version}"
    if note := _mismatch(name, tags, task):
        return Champion(None, 0, note, version)
    with registry_errors(registry_uri, model_name, version):
        body = download(client, registry_uri, model_version)
    pin = ModelPin(
        name=model_name,
        version=version,
        key="",
        sha256=verified_sha256(model_version, body),
        features_digest=required_tag(model_version, FEATURES_DIGEST_TAG),
        task=tags.get(TASK_TAG, ""),
    )
    try:
        model = load(body, pin, features_digest=task.features_digest())
    except PermanentError as error:
        return Champion(None, 0, f"{name} can't be loaded: {error.message}", version)
    return Champion(model, len(body), _doubt(name, tags.get(SPLIT_TAG), split), version)


def _mismatch(name: str, tags: dict[str, str], task: LabelingTask) -> str | None:
    digest, task_name = tags.get(FEATURES_DIGEST_TAG, ""), tags.get(TASK_TAG, "")
    if task_name not in ("", task.name):
        return f"{name} was trained for the task {task_name}, this is {task.name}"
    if digest != task.features_digest():
        features = digest[:12] or "that it does not name"
        return f"{name} was trained on features {features}, these rows have {task.features_digest()[:12]}"
    return None


def _doubt(name: str, trained_with: str | None, split: SplitRule) -> str | None:
    if trained_with == str(split):
        return None
    rule = f"the split {trained_with}" if trained_with else "a split that it does not name"
    return f"{name} may have seen these rows: it was trained with {rule}, this is {split}"
