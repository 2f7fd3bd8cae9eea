"""One small model from a few labeled files, in memory and without params.yaml: for a registry that has no model yet.

It is made as every candidate is: fitted on the training rows, evaluated on later ones, and registered as it was
evaluated. Whoever calls promotes it.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from labeler.experiment.data.dataset import Dataset
from labeler.experiment.data.in_memory import read_dataset, unversioned
from labeler.experiment.data.split import Split, split_rows
from labeler.experiment.params import SplitRule
from labeler.experiment.records import DatasetInfo
from labeler.experiment.training import logged_models, tracking
from labeler.experiment.training.fit import fit
from labeler.experiment.training.run_metadata import data_tags, example_rows
from labeler.models.registry import CANDIDATE_TAG, METRIC_TAG, SHA256_TAG, SPLIT_TAG
from labeler.task import LabelingTask, RawFile

if TYPE_CHECKING:
    from sklearn.base import ClassifierMixin

CANDIDATE = "first"
SEED = 20191
SPLIT = SplitRule(later_share=0.3, unseen_share=0.0, seed=SEED)
"""A few files have no account to spare. An experiment that holds some out notes that this champion may have seen them."""
PARAMETERS: dict[str, Any] = {
    "n_estimators": 40,
    "max_leaf_nodes": 400,  # bounds the model's size and a row's cost, whatever it is trained on
    "min_samples_leaf": 3,
    "max_features": 0.5,
    "random_state": SEED,
}


@dataclass(frozen=True, slots=True)
class FirstModel:
    """A registered version, and its scores on rows later than those that it was trained on."""

    name: str
    version: str
    sha256: str
    rows: int
    """That it was trained on."""
    files: int
    accuracy: float
    macro_f1: float
    majority_accuracy: float
    """Of always saying the most frequent category of the training rows."""


def train_first_model(
    files: Sequence[RawFile],
    *,
    task: LabelingTask,
    registry_uri: str,
    model_name: str,
    reference: bytes | None = None,
    progress: Callable[[str], object] = lambda _: None,
    classifier: "ClassifierMixin | None" = None,
) -> FirstModel:
    """Trains, evaluates and registers one model.

    `reference`: the task's own when left out; `classifier`: unfitted, with `predict_proba`, the quick one when left
    out; `progress` gets the name of each step before it. Raises InputInvalidError when there are too few labeled rows to
    train on or to evaluate on, ServiceUnavailableError.
    """
    progress("reading files")
    dataset = read_dataset(files, task, task.default_reference() if reference is None else reference)
    split = split_rows(dataset, SPLIT)
    progress("training")
    names = np.array(dataset.categories)[dataset.label]
    matrix, labels = dataset.matrix[split.train], names[split.train]
    fitted, fit_s, _ = fit(quick_classifier() if classifier is None else classifier, matrix, labels)
    progress("evaluating on later rows")
    scores = _scores(fitted, dataset, names, split)
    progress("registering in MLflow")
    version, sha256 = _register(
        fitted,
        matrix,
        dataset.info,
        registry_uri,
        model_name,
        metrics={f"later_{name}": value for name, value in scores.items()},
        fit_s=fit_s,
    )
    return FirstModel(
        name=model_name, version=version, sha256=sha256, rows=len(labels), files=dataset.info.files, **scores
    )


def quick_classifier() -> "ClassifierMixin":
    from sklearn.ensemble import ExtraTreesClassifier

    return ExtraTreesClassifier(**PARAMETERS, n_jobs=1)


def _scores(fitted: Any, dataset: Dataset, names: np.ndarray, split: Split) -> dict[str, float]:
    """On the later rows."""
    from sklearn.metrics import f1_score

    labels, predicted = names[split.later], fitted.predict(dataset.matrix[split.later])
    known, counts = np.unique(names[split.train], return_counts=True)
    return {
        "accuracy": float((predicted == labels).mean()),
        # over the categories that occur in these rows, as `evaluate` has it
        "macro_f1": float(f1_score(labels, predicted, labels=np.unique(labels), average="macro", zero_division=0)),
        "majority_accuracy": float((labels == known[counts.argmax()]).mean()),
    }


def _register(
    fitted: Any,
    matrix: np.ndarray,
    info: DatasetInfo,
    registry_uri: str,
    model_name: str,
    *,
    metrics: dict[str, float],
    fit_s: float,
) -> tuple[str, str]:
    """(the version's number, SHA-256 of its bundle)"""
    tags = {CANDIDATE_TAG: CANDIDATE, SPLIT_TAG: str(SPLIT), **data_tags(info, unversioned(info))}
    parameters = {"classifier": repr(fitted), "rows": len(matrix), "files": info.files}
    with tracking.open_run(
        registry_uri, name=f"{CANDIDATE} model", parameters=parameters, tags=tags, info=info
    ) as run_id:
        model_uri = logged_models.log_model(registry_uri, fitted, example_rows(matrix), name=CANDIDATE, tags=tags)
        body = logged_models.download_model(registry_uri, model_uri)
        tracking.log_metrics(registry_uri, {**metrics, "fit_s": fit_s, "size_bytes": len(body)})
    sha256 = hashlib.sha256(body).hexdigest()
    metric_tags = {METRIC_TAG + name: f"{value:g}" for name, value in metrics.items()}
    version = logged_models.register_model(
        registry_uri, model_name, model_uri, run_id=run_id, tags={**tags, SHA256_TAG: sha256, **metric_tags}
    )
    return version, sha256
