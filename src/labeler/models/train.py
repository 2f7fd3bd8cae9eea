"""The first champion: one small model from labeled files, judged on later rows, registered in MLflow."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from labeler.errors import InputInvalid
from labeler.models.registry import FEATURES_DIGEST_TAG, TASK_TAG, register_champion
from labeler.task import LabelingTask, RawFile, Reading

if TYPE_CHECKING:
    from sklearn.base import ClassifierMixin

LATER_SHARE = 0.3
SEED = 20191
QUICK_PARAMETERS: dict[str, Any] = {
    "n_estimators": 40,
    "max_leaf_nodes": 400,  # bounds the model's size and a row's cost, whatever it is trained on
    "min_samples_leaf": 3,
    "max_features": 0.5,
    "random_state": SEED,
}


@dataclass(frozen=True, slots=True)
class Champion:
    """What was registered, and how it did on rows later than those it had seen."""

    name: str
    version: str
    rows: int
    files: int
    accuracy: float
    macro_f1: float
    majority_accuracy: float
    """Of always saying the most frequent category of the earlier rows."""


def train_champion(
    files: Sequence[RawFile],
    *,
    task: LabelingTask,
    reference: Any,
    registry_uri: str,
    model_name: str,
    progress: Callable[[str], None] = lambda _: None,
    classifier: "ClassifierMixin | None" = None,
) -> Champion:
    """Trains on the earlier rows to judge, then on all rows to serve; the registered version is the champion.

    `classifier` is unfitted, with `predict_proba`; the quick one when left out. Raises InputInvalid when there are
    too few labeled rows to learn from.
    """
    progress("reading files")
    reading, labels, is_later = _labeled(files, task)
    matrix = task.features(reading.table, reference)
    progress("judging on later rows")
    classifier = quick_classifier() if classifier is None else classifier
    metrics = _judged(classifier, matrix, labels, is_later)
    progress("training on all rows")
    classifier = _fitted(classifier, matrix, labels)
    progress("registering in MLflow")
    registered = register_champion(
        classifier,
        matrix[:3],
        registry_uri=registry_uri,
        model_name=model_name,
        parameters={
            "classifier": repr(classifier),
            "rows": len(labels),
            "files": len(files),
            "data_sha256": _digest(files),
        },
        metrics=metrics,
        tags={FEATURES_DIGEST_TAG: task.features_digest(), TASK_TAG: task.name},
    )
    files_read = len(set(reading.file_index.tolist()))
    return Champion(name=model_name, version=registered, rows=len(labels), files=files_read, **metrics)


def _labeled(files: Sequence[RawFile], task: LabelingTask) -> tuple[Reading, np.ndarray, np.ndarray]:
    """(rows, their true categories (n,), bool (n,): to judge on). Raises InputInvalid."""
    reading = task.read(files, with_labels=True)
    if reading.labels is None or reading.time is None or len(reading.file_index) < 20:
        raise InputInvalid(
            f"{len(reading.file_index)} labeled rows in {len(files)} files are too few to train on",
            way_out="give labeled files, as the task reads them",
        )
    labels = np.asarray(reading.labels.dictionary.to_pylist(), dtype=str)[reading.labels.indices.to_numpy()]
    if len(np.unique(labels)) < 2:
        raise InputInvalid("all labeled rows have one category", way_out="give files with several")
    return reading, labels, later_rows(reading.file_index, reading.time)


def _digest(files: Sequence[RawFile]) -> str:
    return hashlib.sha256(b"".join(hashlib.sha256(file.body).digest() for file in files)).hexdigest()


def later_rows(file_index: np.ndarray, time: np.ndarray) -> np.ndarray:
    """bool (n,): the last 30 % of each file's rows by time; equal times are kept together, as earlier."""
    order = np.lexsort((time, file_index))
    is_later = np.zeros(len(order), dtype=bool)
    for rows in np.split(order, np.flatnonzero(np.diff(file_index[order])) + 1):
        cut = time[rows[int(len(rows) * (1 - LATER_SHARE))]] if len(rows) else 0
        is_later[rows] = time[rows] > cut
    return is_later


def quick_classifier() -> "ClassifierMixin":
    from sklearn.ensemble import ExtraTreesClassifier

    return ExtraTreesClassifier(**QUICK_PARAMETERS, n_jobs=1)


def _fitted(classifier: "ClassifierMixin", matrix: np.ndarray, labels: np.ndarray) -> Any:
    from sklearn.base import clone

    return clone(classifier).fit(matrix, labels)


def _judged(
    classifier: "ClassifierMixin", matrix: np.ndarray, labels: np.ndarray, is_later: np.ndarray
) -> dict[str, float]:
    from sklearn.metrics import f1_score

    seen, truth = labels[~is_later], labels[is_later]
    if not len(seen) or not len(truth):
        raise InputInvalid(
            "the labeled rows have no later part to judge on", way_out="give labeled files of several days"
        )
    said = _fitted(classifier, matrix[~is_later], seen).predict(matrix[is_later])
    names, counts = np.unique(seen, return_counts=True)
    return {
        "accuracy": float((said == truth).mean()),
        "macro_f1": float(f1_score(truth, said, average="macro", zero_division=0)),
        "majority_accuracy": float((truth == names[counts.argmax()]).mean()),
    }
