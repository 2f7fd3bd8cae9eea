"""Fits the planned candidates, one after another; one that fails does not keep the others from being trained.

Nothing is fitted again afterwards: what `evaluate` scores and `register` registers are these bytes.
"""

import hashlib
from collections.abc import Callable, Sequence

from labeler.errors import InputInvalidError, PermanentError, RetryableError
from labeler.experiment.files import ExperimentFiles, read_record
from labeler.experiment.records import CandidateSpec, ExperimentPlan, TrainedCandidate
from labeler.experiment.training import tracking
from labeler.experiment.training.fit import available_cores
from labeler.experiment.training.plan_checks import require_same_code
from labeler.experiment.training.trainer import Trainer, load_training_rows
from labeler.task import LabelingTask

MAX_FAULT_CHARACTERS = 300


def train(
    files: ExperimentFiles,
    *,
    task: LabelingTask,
    registry_uri: str,
    names: Sequence[str] | None = None,
    threads: int | None = None,
    progress: Callable[[str], object] = lambda _: None,
) -> tuple[TrainedCandidate, ...]:
    """The planned candidates, or those of `names`; `progress` gets each one's name before it is fitted.

    One that was trained before stays as it is. Several processes may train different candidates of one directory.
    `threads`: of one fit, for estimators that give the same model whatever their number; all cores that this process
    may use when left out. Raises InputInvalidError (nothing planned or prepared, planned by other code, no such
    candidate), ServiceUnavailableError; and, when all others are trained, PermanentError that names those which failed.
    """
    plan = read_record(ExperimentPlan, files.plan, step="plan")
    require_same_code(plan)
    specs = _chosen(plan, names)
    trained = {spec.name: done for spec in specs if (done := _finished(files, spec, plan))}
    if len(trained) < len(specs):
        _require_run(plan, registry_uri)
        rows = load_training_rows(files, plan, task)
        trainer = Trainer(files, plan, task, registry_uri, rows, threads or available_cores())
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
    """The candidate that an earlier call trained for this plan, when its bundle is whole."""
    try:
        candidate = read_record(TrainedCandidate, files.candidate(spec.name), step="train")
        body = files.bundle(spec.name).read_bytes()
    except (InputInvalidError, OSError):
        return None
    is_of_plan = candidate.spec == spec and candidate.parent_run_id == plan.parent_run_id
    return candidate if is_of_plan and hashlib.sha256(body).hexdigest() == candidate.sha256 else None


def _require_all(failed: dict[str, str]) -> None:
    if failed:
        faults = "; ".join(f"{name} ({fault})" for name, fault in failed.items())
        raise PermanentError(
            f"can't be trained: {faults}", hint="change or remove them in params.yaml, then plan and train again"
        )
