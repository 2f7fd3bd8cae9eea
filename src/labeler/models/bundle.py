"""A model as a run carries it: one tar, pinned by its SHA-256, verified before it is opened.

The tar holds MLflow's model directory. Only the skops format is loaded: unlike pickle it runs no code on load,
and the types that it may build are listed here, not in the artifact.
"""

import hashlib
import io
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from labeler.errors import ContractMismatchError, DigestMismatchError, PermanentError
from labeler.messages import ModelPin

TRUSTED_TYPES = frozenset(
    {
        "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
        "sklearn.model_selection._split.KFold",
        "sklearn.neural_network._stochastic_optimizers.AdamOptimizer",
        "sklearn.tree._tree.Tree",
    }
)
"""Types of fitted scikit-learn models that skops does not trust by itself: it trusts public estimators and numpy's own.

`Tree` and `TreePredictor` are a tree's nodes as arrays (forests; gradient boosting), `AdamOptimizer` the state in which
a neural network's training ended, `KFold` the three numbers by which a TargetEncoder cut its training rows. Each is
built by its own constructor from numbers and arrays and calls nothing that the artifact names. Not here, so refused:
functions (`functools.partial`, which gradient boosting keeps for categorical columns) and everything unheard of.
"""
DOWNLOAD_METADATA = "registered_model_meta"
"""MLflow writes it beside a model that it downloads by name; it is not part of the artifact."""


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """A classifier with `predict_proba`, and where it came from."""

    classifier: Any
    categories: tuple[str, ...]
    """The classifier's classes, in the order of its probabilities."""
    pin: ModelPin


def pack(directory: Path) -> bytes:
    """The same files give the same bytes, wherever MLflow got them: no times, owners or modes of this machine."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for path in sorted(path for path in directory.rglob("*") if path.is_file() and path.name != DOWNLOAD_METADATA):
            body = path.read_bytes()
            member = tarfile.TarInfo(path.relative_to(directory).as_posix())
            member.size, member.mode = len(body), 0o644
            tar.addfile(member, io.BytesIO(body))
    return buffer.getvalue()


def verify(body: bytes, sha256: str, *, what: str) -> bytes:
    """Raises DigestMismatchError that names both digests."""
    digest = hashlib.sha256(body).hexdigest()
    if digest != sha256:
        raise DigestMismatchError(f"{what} hashes to {digest[:12]}, the run is pinned to {sha256[:12]}")
    return body


def load(body: bytes, pin: ModelPin, *, features_digest: str) -> LoadedModel:
    """Raises DigestMismatchError, ContractMismatchError (trained on other features), PermanentError (format not trusted)."""
    verify(body, pin.sha256, what=f"model {pin.name} version {pin.version}")
    if pin.features_digest != features_digest:
        raise ContractMismatchError(
            f"model {pin.name} version {pin.version} was trained on features {pin.features_digest[:12]}, "
            f"this code computes features {features_digest[:12]}",
            hint="train and promote a model with this code, or run the code that the model was trained with",
        )
    with tempfile.TemporaryDirectory(prefix="labeler-model-") as directory:
        with tarfile.open(fileobj=io.BytesIO(body)) as tar:
            tar.extractall(directory, filter="data")
        _require_trusted(Path(directory))
        import mlflow.sklearn

        classifier = mlflow.sklearn.load_model(directory)
    return LoadedModel(classifier, tuple(str(name) for name in classifier.classes_), pin)


def _require_trusted(directory: Path) -> None:
    from mlflow.models import Model

    flavor = Model.load(str(directory)).flavors.get("sklearn")
    if not flavor or flavor.get("serialization_format") != "skops":
        raise PermanentError("the model is not in MLflow's skops format", hint="log it with `labeler experiment run`")
    if flavor.get("code"):
        # MLflow would put that folder before everything else that Python imports from
        raise PermanentError("the model brings code of its own", hint="log it without code_paths")
    unknown = set(flavor.get("skops_trusted_types") or ()) - TRUSTED_TYPES
    if unknown:
        raise PermanentError(f"the model asks to trust types that labeler does not: {', '.join(sorted(unknown))}")
