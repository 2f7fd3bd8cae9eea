"""One candidate: fitted on the training rows, logged to MLflow, and packed as a worker will load it."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from labeler.experiment.data.dataset import load_dataset
from labeler.experiment.data.split import split_rows
from labeler.experiment.files import ExperimentFiles, write_record
from labeler.experiment.records import CandidateSpec, DatasetInfo, ExperimentPlan, TrainedCandidate
from labeler.experiment.training import logged_models, tracking
from labeler.experiment.training.estimators import use_threads
from labeler.experiment.training.fit import fit
from labeler.experiment.training.plan_checks import require_planned, require_prepared
from labeler.experiment.training.preprocessing import pipeline
from labeler.experiment.training.run_metadata import data_tags, example_rows, spec_parameters
from labeler.models.registry import CANDIDATE_TAG, EXPERIMENT_TAG, SPLIT_TAG
from labeler.task import LabelingTask


@dataclass(frozen=True, slots=True)
class TrainingRows:
    """n rows to train on."""

    info: DatasetInfo
    matrix: np.ndarray
    """float32 (n, features)"""
    label: np.ndarray
    """str (n,)"""
    example: np.ndarray
    """See run_metadata.example_rows."""


def load_training_rows(files: ExperimentFiles, plan: ExperimentPlan, task: LabelingTask) -> TrainingRows:
    """Raises InputInvalidError when nothing is prepared, or something else than is planned."""
    dataset = load_dataset(files, max_rows=plan.max_rows)
    require_prepared(dataset.info, task)
    require_planned(plan, dataset.info)
    is_training = split_rows(dataset, plan.split).train
    matrix = dataset.matrix[is_training]
    labels = np.array(dataset.categories)[dataset.label[is_training]]
    return TrainingRows(dataset.info, matrix, labels, example_rows(matrix))


@dataclass(frozen=True, slots=True)
class Trainer:
    files: ExperimentFiles
    plan: ExperimentPlan
    task: LabelingTask
    registry_uri: str
    rows: TrainingRows
    threads: int

    def train(self, spec: CandidateSpec) -> TrainedCandidate:
        """Writes the record last: it says that the bundle beside it is whole."""
        candidate, body = self._fit_and_log(spec)
        _write(self.files.bundle(spec.name), body)
        write_record(self.files.candidate(spec.name), candidate)
        return candidate

    def _fit_and_log(self, spec: CandidateSpec) -> tuple[TrainedCandidate, bytes]:
        """(the candidate's record, its bundle)"""
        rows, tags = self.rows, self._tags(spec)
        with tracking.open_run(
            self.registry_uri,
            name=spec.name,
            parameters=spec_parameters(spec),
            tags=tags,
            info=rows.info,
            parent_run_id=self.plan.parent_run_id,
        ) as run_id:
            fitted, fit_s, warnings = self._fit(spec)
            uri = logged_models.log_model(self.registry_uri, fitted, rows.example, name=spec.name, tags=tags)
            body = logged_models.download_model(self.registry_uri, uri)
            metrics = {"fit_s": fit_s, "rows_train": len(rows.label), "size_bytes": len(body)}
            tracking.log_metrics(self.registry_uri, metrics, {tracking.WARNINGS_TAG: warnings} if warnings else None)
        candidate = TrainedCandidate(
            spec=spec,
            run_id=run_id,
            parent_run_id=self.plan.parent_run_id,
            model_uri=uri,
            sha256=hashlib.sha256(body).hexdigest(),
            size_bytes=len(body),
            rows=len(rows.label),
            fit_s=fit_s,
        )
        return candidate, body

    def _fit(self, spec: CandidateSpec) -> tuple[Any, float, str]:
        """As `fit`; afterwards the model uses one thread, as a worker has one core."""
        unfitted = pipeline(spec, self.task.feature_names, self.task.feature_groups)
        use_threads(unfitted, spec.family, self.threads)
        fitted, fit_s, warnings = fit(unfitted, self.rows.matrix, self.rows.label)
        use_threads(fitted, spec.family, 1)
        return fitted, fit_s, warnings

    def _tags(self, spec: CandidateSpec) -> dict[str, str]:
        return {
            EXPERIMENT_TAG: self.plan.experiment_id,
            CANDIDATE_TAG: spec.name,
            SPLIT_TAG: str(self.plan.split),
            **data_tags(self.rows.info, self.plan.data),
        }


def _write(path: Path, body: bytes) -> None:
    """Whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.unfinished")
    unfinished.write_bytes(body)
    unfinished.replace(path)
