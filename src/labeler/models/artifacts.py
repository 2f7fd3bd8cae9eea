"""A version's bundle: downloaded, checked against its tag, and copied to the runs bucket once per run.

Workers load that copy; they never call the registry.
"""

import hashlib
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labeler import layout
from labeler.errors import ContractMismatchError, DigestMismatchError
from labeler.messages import ModelPin
from labeler.models.bundle import pack
from labeler.models.registry import CHAMPION, FEATURES_DIGEST_TAG, SHA256_TAG, TASK_TAG, connect, registry_errors
from labeler.storage import Bucket

if TYPE_CHECKING:
    from mlflow.tracking import MlflowClient


def copy_model_to_runs(registry_uri: str, model_name: str, version: str | None, runs: Bucket) -> ModelPin:
    """Copies the champion (or that `version`) to a key that follows from its digest, once.

    Raises ChampionMissingError, ContractMismatchError (the version does not say its features), DigestMismatchError (its bytes are
    not those that were evaluated), ServiceUnavailableError.
    """
    with registry_errors(registry_uri, model_name, version):
        client = connect(registry_uri)
        model_version = (
            client.get_model_version(model_name, version)
            if version
            else client.get_model_version_by_alias(model_name, CHAMPION)
        )
        body = download(client, registry_uri, model_version)
    digest = required_tag(model_version, FEATURES_DIGEST_TAG)
    sha256 = verified_sha256(model_version, body)
    key = layout.model_key(sha256)
    runs.put_once(key, body, "application/x-tar")
    return ModelPin(
        name=model_name,
        version=str(model_version.version),
        key=key,
        sha256=sha256,
        features_digest=digest,
        task=model_version.tags.get(TASK_TAG, ""),
    )


def required_tag(model_version: Any, tag: str) -> str:
    """Raises ContractMismatchError when MLflow's record of a version does not have the tag."""
    value = model_version.tags.get(tag)
    if not value:
        raise ContractMismatchError(
            f"version {model_version.version} of {model_version.name} has no tag {tag}",
            hint="register models with `labeler experiment run`",
        )
    return str(value)


def verified_sha256(model_version: Any, body: bytes) -> str:
    """The SHA-256 of a version's bundle. Raises DigestMismatchError when its tag names another one."""
    sha256, evaluated = hashlib.sha256(body).hexdigest(), model_version.tags.get(SHA256_TAG)
    if evaluated and evaluated != sha256:
        raise DigestMismatchError(
            f"version {model_version.version} of {model_version.name} hashes to {sha256[:12]}, "
            f"what was evaluated to {evaluated[:12]}",
            hint="its artifacts were changed: train and register it again, or promote another version",
        )
    return sha256


def download(client: "MlflowClient", registry_uri: str, model_version: Any) -> bytes:
    """A version's bundle."""
    import mlflow.artifacts

    source = client.get_model_version_download_uri(model_version.name, model_version.version)
    with tempfile.TemporaryDirectory(prefix="labeler-champion-") as directory:
        path = mlflow.artifacts.download_artifacts(artifact_uri=source, dst_path=directory, tracking_uri=registry_uri)
        return pack(Path(path))
