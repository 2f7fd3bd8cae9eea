"""The first champion of a laptop: one small model from a few labeled files, in memory and without params.yaml.

It is made as every candidate is: fitted on the training rows, judged on later ones, and registered as it was judged.
Whoever calls promotes it.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from labeler.errors import InputInvalidError
from labeler.experiment.data.dataset import Dataset
from labeler.experiment.data.parts import FilesDigest
from labeler.experiment.data.split import Split, split_rows
from labeler.experiment.params import SplitRule
from labeler.experiment.records import DatasetInfo, DataVersion
from labeler.experiment.training import tracking
from labeler.experiment.training.run_facts import data_tags, example_rows
from labeler.experiment.training.train import fit
from labeler.models.registry import CANDIDATE_TAG, METRIC_TAG, SHA256_TAG, SPLIT_TAG
from labeler.run_index import FileEntry
from labeler.task import LabelingTask, RawFile, Reading

if TYPE_CHECKING:
    from sklearn.base import ClassifierMixin

CANDIDATE = "first"
SEED = 20191
SPLIT = SplitRule(later_share=0.3, unseen_share=0.0, seed=SEED)
"""A few files have no account to spare. An experiment that holds some out notes that this champion may have seen them."""
LEAST_ROWS = 20
PARAMETERS: dict[str, Any] = {
    "n_estimators": 40,
    "max_leaf_nodes": 400,  # bounds the model's size and a row's cost, whatever it is trained on
    "min_samples_leaf": 3,
    "max_features": 0.5,
    "random_state": SEED,
}


@dataclass(frozen=True, slots=True)
class FirstModel:
    """What was registered, and how it did on rows later than those it had seen."""

    name: str
    version: str
    sha256: str
    rows: int
    """That it learnt from."""
    files: int
    accuracy: float
    macro_f1: float
    majority_accuracy: float
    """Of always saying the most frequent category of the training rows."""


def train_first(
    files: Sequence[RawFile],
    *,
    task: LabelingTask,
    registry_uri: str,
    model_name: str,
    reference: bytes | None = None,
    progress: Callable[[str], object] = lambda _: None,
    classifier: "ClassifierMixin | None" = None,
) -> FirstModel:
    """Trains, judges and registers one model.

    `reference`: the task's own when left out; `classifier`: unfitted, with `predict_proba`, the quick one when left out.
    Raises InputInvalidError when there are too few labeled rows to learn from or to judge on, ServiceUnavailableError.
    """
    progress("reading files")
    dataset = _read(files, task, task.default_reference() if reference is None else reference)
    split = split_rows(dataset, SPLIT)
    progress("training")
    names = np.array(dataset.categories)[dataset.label]
    matrix, labels = dataset.matrix[split.train], names[split.train]
    fitted, fit_s, _ = fit(quick_classifier() if classifier is None else classifier, matrix, labels)
    progress("judging on later rows")
    scores = _judged(fitted, dataset, names, split)
    progress("registering in MLflow")
    version, sha256 = _registered(
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


def _registered(
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
    tags = {CANDIDATE_TAG: CANDIDATE, SPLIT_TAG: str(SPLIT), **data_tags(info, _version(info))}
    parameters = {"classifier": repr(fitted), "rows": len(matrix), "files": info.files}
    with tracking.run(registry_uri, name=f"{CANDIDATE} model", parameters=parameters, tags=tags, info=info) as run_id:
        model_uri = tracking.log_model(registry_uri, fitted, example_rows(matrix), name=CANDIDATE, tags=tags)
        body = tracking.download_model(registry_uri, model_uri)
        tracking.log_metrics(registry_uri, {**metrics, "fit_s": fit_s, "size_bytes": len(body)})
    sha256 = hashlib.sha256(body).hexdigest()
    said = {METRIC_TAG + name: f"{value:g}" for name, value in metrics.items()}
    version = tracking.register_model(
        registry_uri, model_name, model_uri, run_id=run_id, tags={**tags, SHA256_TAG: sha256, **said}
    )
    return version, sha256


def quick_classifier() -> "ClassifierMixin":
    from sklearn.ensemble import ExtraTreesClassifier

    return ExtraTreesClassifier(**PARAMETERS, n_jobs=1)


def _read(files: Sequence[RawFile], task: LabelingTask, reference: bytes) -> Dataset:
    """The rows as `prepare` and `load_dataset` give them. Raises InputInvalidError."""
    reading = task.read(files, with_labels=True)
    if reading.labels is None or reading.time is None or len(reading.file_index) < LEAST_ROWS:
        raise InputInvalidError(
            f"{len(reading.file_index)} labeled rows in {len(files)} files are too few to train on",
            hint="give labeled files, as the task reads them",
        )
    label, categories = _coded(reading.labels)
    account, accounts = _coded(reading.identity[task.identity_columns[0]])
    info = _info(files, task, reference, reading, len(accounts))
    matrix = task.features(reading.table, task.parse_reference(reference))
    return Dataset(info, matrix, label, categories, account, accounts, reading.time)


def _coded(column: Any) -> tuple[np.ndarray, tuple[str, ...]]:
    """(int32 codes (n,) into the sorted values that occur, those values)"""
    values, codes = np.unique(np.asarray(column.to_pylist(), dtype=str), return_inverse=True)
    return codes.astype(np.int32), tuple(values.tolist())


def _info(
    files: Sequence[RawFile], task: LabelingTask, reference: bytes, reading: Reading, accounts: int
) -> DatasetInfo:
    digest = FilesDigest()
    for file in sorted(files):
        digest.add([FileEntry(file.key, "", len(file.body))], hashlib.sha256(file.body).digest())
    return DatasetInfo(
        task=task.name,
        features_digest=task.features_digest(),
        feature_names=task.feature_names,
        reference_version="",
        reference_sha256=hashlib.sha256(reference).hexdigest(),
        statements_sha256=digest.hexdigest(),
        files=len(set(reading.file_index.tolist())),
        accounts=accounts,
        rows=len(reading.file_index),
        rows_rejected=sum(reject.rows for reject in reading.rejects),
        parts=(),
    )


def _version(info: DatasetInfo) -> DataVersion:
    """In memory: neither DVC nor git know where the files come from."""
    return DataVersion(
        statements_sha256=info.statements_sha256,
        reference_sha256=info.reference_sha256,
        dvc=None,
        git_commit=None,
        git_is_dirty=None,
    )


def _judged(fitted: Any, dataset: Dataset, names: np.ndarray, split: Split) -> dict[str, float]:
    from sklearn.metrics import f1_score

    truth, said = names[split.later], fitted.predict(dataset.matrix[split.later])
    known, counts = np.unique(names[split.train], return_counts=True)
    return {
        "accuracy": float((said == truth).mean()),
        # over the categories that occur in these rows, as `evaluate` has it
        "macro_f1": float(f1_score(truth, said, labels=np.unique(truth), average="macro", zero_division=0)),
        "majority_accuracy": float((truth == known[counts.argmax()]).mean()),
    }
