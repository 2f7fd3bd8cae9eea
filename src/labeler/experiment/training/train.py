"""Candidates are fitted on the training rows, logged to MLflow, and packed as a worker will load them.

Nothing is fitted again afterwards: what `evaluate` judges and `register` registers are these bytes.
"""

import hashlib
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from labeler.errors import InputInvalidError, PermanentError, RetryableError
from labeler.experiment.data.dataset import load_dataset
from labeler.experiment.data.split import split_rows
from labeler.experiment.files import ExperimentFiles, read_record, write_record
from labeler.experiment.records import CandidateSpec, DatasetInfo, ExperimentPlan, TrainedCandidate
from labeler.experiment.training import tracking
from labeler.experiment.training.estimators import use_threads
from labeler.experiment.training.plan import require_planned, require_prepared, require_same_code
from labeler.experiment.training.preprocessing import pipeline
from labeler.experiment.training.run_facts import data_tags, example_rows, spec_parameters
from labeler.models.registry import CANDIDATE_TAG, EXPERIMENT_TAG, SPLIT_TAG
from labeler.task import LabelingTask

MAX_FAULT_CHARACTERS = 300


@dataclass(frozen=True, slots=True)
class TrainingRows:
    """n rows to learn from."""

    info: DatasetInfo
    matrix: np.ndarray
    """float32 (n, features)"""
    label: np.ndarray
    """str (n,)"""
    example: np.ndarray
    """See run_facts.example_rows."""


def train(
    files: ExperimentFiles,
    *,
    task: LabelingTask,
    registry_uri: str,
    names: Sequence[str] | None = None,
    threads: int | None = None,
    progress: Callable[[str], object] = lambda _: None,
) -> tuple[TrainedCandidate, ...]:
    """The planned candidates, or those of `names`; `progress` hears each one's name before it is fitted.

    One that was trained before stays as it is. Several processes may train different candidates of one directory.
    `threads`: of one fit, for families that give the same model whatever their number; all cores that this process may
    use when left out. Raises InputInvalidError (nothing planned or prepared, planned by other code, no such candidate),
    ServiceUnavailableError; and, when all others are trained, PermanentError that names those which can't be.
    """
    plan = read_record(ExperimentPlan, files.plan, step="plan")
    require_same_code(plan)
    specs = _chosen(plan, names)
    trained = {spec.name: done for spec in specs if (done := _finished(files, spec, plan))}
    if len(trained) < len(specs):
        _require_run(plan, registry_uri)
        rows = _training_rows(files, plan, task)
        trainer = _Trainer(files, plan, task, registry_uri, rows, threads or _cores())
        failed: dict[str, str] = {}
        for spec in specs:
            if spec.name in trained:
                continue
            progress(spec.name)
            try:
                trained[spec.name] = trainer.train(spec)
            except RetryableError:
                raise
            except Exception as error:  # noqa: BLE001 - whatever one candidate fails with, the others are trained
                failed[spec.name] = f"{type(error).__name__}: {' '.join(str(error).split())[:MAX_FAULT_CHARACTERS]}"
        _require_all(failed)
    return tuple(trained[spec.name] for spec in specs)


def fit(unfitted: Any, matrix: np.ndarray, label: np.ndarray) -> tuple[Any, float, str]:
    """(the same object, fitted; seconds; kinds of the warnings that it gave, for example ConvergenceWarning)."""
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    began = time.perf_counter()
    # Numeric libraries get one thread: two that share a busy machine wait for each other, which takes up to twenty
    # times as long, and sums in another order are another model.
    with threadpool_limits(limits=1), warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        unfitted.fit(matrix, label)
    kinds = sorted({warning.category.__name__ for warning in found})
    return unfitted, time.perf_counter() - began, ", ".join(kinds)


def _cores() -> int:
    """A container's share of the machine, too."""
    from joblib import cpu_count

    return int(cpu_count())


def _chosen(plan: ExperimentPlan, names: Sequence[str] | None) -> tuple[CandidateSpec, ...]:
    known = {spec.name: spec for spec in plan.candidates}
    if names is None:
        return plan.candidates
    unknown = sorted(set(names) - known.keys())
    if unknown:
        raise InputInvalidError(
            f"experiment {plan.experiment_id} plans no candidate {', '.join(unknown)}",
            hint=f"take one of {', '.join(known)}",
        )
    return tuple(known[name] for name in dict.fromkeys(names))


def _require_run(plan: ExperimentPlan, registry_uri: str) -> None:
    if not tracking.has_run(registry_uri, plan.parent_run_id):
        raise InputInvalidError(
            f"the registry {registry_uri} has no run {plan.parent_run_id} of experiment {plan.experiment_id} (any more)",
            hint="run `labeler experiment plan` again",
        )


def _finished(files: ExperimentFiles, spec: CandidateSpec, plan: ExperimentPlan) -> TrainedCandidate | None:
    """What an earlier call left for this plan, when it is whole."""
    try:
        found = read_record(TrainedCandidate, files.candidate(spec.name), step="train")
        body = files.bundle(spec.name).read_bytes()
    except (InputInvalidError, OSError):
        return None
    is_ours = found.spec == spec and found.parent_run_id == plan.parent_run_id
    return found if is_ours and hashlib.sha256(body).hexdigest() == found.sha256 else None


def _training_rows(files: ExperimentFiles, plan: ExperimentPlan, task: LabelingTask) -> TrainingRows:
    dataset = load_dataset(files, max_rows=plan.max_rows)
    require_prepared(dataset.info, task)
    require_planned(plan, dataset.info)
    is_ours = split_rows(dataset, plan.split).train
    matrix = dataset.matrix[is_ours]
    labels = np.array(dataset.categories)[dataset.label[is_ours]]
    return TrainingRows(dataset.info, matrix, labels, example_rows(matrix))


@dataclass(frozen=True, slots=True)
class _Trainer:
    files: ExperimentFiles
    plan: ExperimentPlan
    task: LabelingTask
    registry_uri: str
    rows: TrainingRows
    threads: int

    def train(self, spec: CandidateSpec) -> TrainedCandidate:
        """The record last: it says that the bundle beside it is whole."""
        logged, body = self._logged(spec)
        _write(self.files.bundle(spec.name), body)
        write_record(self.files.candidate(spec.name), logged)
        return logged

    def _logged(self, spec: CandidateSpec) -> tuple[TrainedCandidate, bytes]:
        rows, tags = self.rows, self._tags(spec)
        with tracking.run(
            self.registry_uri,
            name=spec.name,
            parameters=spec_parameters(spec),
            tags=tags,
            info=rows.info,
            parent_run_id=self.plan.parent_run_id,
        ) as run_id:
            fitted, fit_s, said = self._fitted(spec)
            uri = tracking.log_model(self.registry_uri, fitted, rows.example, name=spec.name, tags=tags)
            body = tracking.download_model(self.registry_uri, uri)
            metrics = {"fit_s": fit_s, "rows_train": len(rows.label), "size_bytes": len(body)}
            tracking.log_metrics(self.registry_uri, metrics, {tracking.WARNINGS_TAG: said} if said else None)
        trained = TrainedCandidate(
            spec=spec,
            run_id=run_id,
            parent_run_id=self.plan.parent_run_id,
            model_uri=uri,
            sha256=hashlib.sha256(body).hexdigest(),
            size_bytes=len(body),
            rows=len(rows.label),
            fit_s=fit_s,
        )
        return trained, body

    def _fitted(self, spec: CandidateSpec) -> tuple[Any, float, str]:
        unfitted = pipeline(spec, self.task.feature_names, self.task.feature_groups)
        use_threads(unfitted, spec.family, self.threads)
        fitted, fit_s, said = fit(unfitted, self.rows.matrix, self.rows.label)
        use_threads(fitted, spec.family, 1)  # a worker has one core
        return fitted, fit_s, said

    def _tags(self, spec: CandidateSpec) -> dict[str, str]:
        return {
            EXPERIMENT_TAG: self.plan.experiment_id,
            CANDIDATE_TAG: spec.name,
            SPLIT_TAG: str(self.plan.split),
            **data_tags(self.rows.info, self.plan.data),
        }


def _require_all(failed: dict[str, str]) -> None:
    if failed:
        told = "; ".join(f"{name} ({fault})" for name, fault in failed.items())
        raise PermanentError(
            f"can't be trained: {told}", hint="change or remove them in params.yaml, then plan and train again"
        )


def _write(path: Path, body: bytes) -> None:
    """Whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.unfinished")
    unfinished.write_bytes(body)
    unfinished.replace(path)
