"""Every candidate, the champion and the majority baseline on the same rows, with the worker's own code.

Apart from training, so that models of different days stay comparable. What is judged is the bundle's bytes, loaded as
a worker loads them.
"""

from collections.abc import Callable, Mapping, Sequence

import pyarrow.parquet as pq

from labeler.errors import InputInvalidError
from labeler.experiment.data.dataset import load_dataset
from labeler.experiment.data.split import split_rows
from labeler.experiment.evaluation.headline import headlines
from labeler.experiment.evaluation.held_out import held_out_sample
from labeler.experiment.evaluation.incumbent import Incumbent, incumbent
from labeler.experiment.evaluation.judged_rows import JudgedRows, Results
from labeler.experiment.evaluation.plots import draw
from labeler.experiment.evaluation.speed import BLOCK_ROWS, Clock, us_per_row
from labeler.experiment.files import ExperimentFiles, read_record, write_record
from labeler.experiment.params import EvaluationRule
from labeler.experiment.records import CandidateSpec, ExperimentPlan, TrainedCandidate
from labeler.experiment.scores import Evaluation, ModelEvaluation
from labeler.experiment.training.plan_checks import require_planned, require_prepared
from labeler.messages import ModelPin
from labeler.models.bundle import LoadedModel, load
from labeler.task import LabelingTask

AGAIN = "run `labeler experiment train` again"


def evaluate(
    files: ExperimentFiles,
    rule: EvaluationRule,
    *,
    task: LabelingTask,
    registry_uri: str,
    model_name: str,
    clock: Clock,
    budget_us_per_row: float | None = None,
    progress: Callable[[str], object] = lambda _: None,
) -> Evaluation:
    """Writes the evaluation, its pictures, and a sample of the held-out rows as each candidate labels them.

    `progress` hears each model's name before it is judged; `budget_us_per_row` is only drawn.

    Raises InputInvalidError when something was not prepared, planned or trained, or not from the same data;
    DigestMismatchError when a bundle is not what was trained; ServiceUnavailableError when the registry does not answer.
    """
    plan = read_record(ExperimentPlan, files.plan, step="plan")
    trained = [trained_candidate(files, spec, plan) for spec in plan.candidates]
    dataset = load_dataset(files, max_rows=plan.max_rows)
    require_prepared(dataset.info, task)
    require_planned(plan, dataset.info)
    progress("champion")
    champion = incumbent(registry_uri, model_name, task=task, split=plan.split)
    known = champion.model.categories if champion.model else ()
    judged = JudgedRows(dataset, split_rows(dataset, plan.split), sorted({*dataset.categories, *known}), rule)
    judge = _Judge(judged, champion, clock)
    candidates = []
    _clear(files)
    for candidate in trained:
        progress(candidate.spec.name)
        model = _loaded(files, candidate, plan, task, judged)
        candidates.append(judge.evaluated(model, candidate.size_bytes, candidate.spec))
        sample = held_out_sample(judged, model, dataset.info.feature_names)
        pq.write_table(sample, files.held_out_sample(candidate.spec.name), compression="zstd")
    evaluation = judge.evaluation(plan.experiment_id, candidates)
    progress("pictures")
    _write(files, evaluation, draw(evaluation, budget_us_per_row=budget_us_per_row))
    return evaluation


def _write(files: ExperimentFiles, evaluation: Evaluation, pictures: Mapping[str, bytes]) -> None:
    for name, body in pictures.items():
        files.plot(name).write_bytes(body)
    write_record(files.evaluation, evaluation)
    write_record(files.metrics, headlines(evaluation))


def _clear(files: ExperimentFiles) -> None:
    """Pictures and samples of candidates that are no longer planned go."""
    files.held_out.mkdir(parents=True, exist_ok=True)
    for stale in (*files.evaluation.parent.glob("*.png"), *files.held_out.glob("*.parquet")):
        stale.unlink()


class _Judge:
    """Compares with the champion, who is judged first."""

    def __init__(self, judged: JudgedRows, champion: Incumbent, clock: Clock) -> None:
        self._judged, self._clock, self._note = judged, clock, champion.note
        self._version = champion.version
        self._champion: Results | None = None
        self.champion: ModelEvaluation | None = None
        if champion.model:
            self._champion = judged.results(champion.model.classifier, champion.model.categories)
            self.champion = self.evaluated(champion.model, champion.size_bytes, None, self._champion)

    def evaluated(
        self, model: LoadedModel, size_bytes: int, spec: CandidateSpec | None, results: Results | None = None
    ) -> ModelEvaluation:
        """`results` when they are known already; without `spec` it is a registered version."""
        results = results or self._judged.results(model.classifier, model.categories)
        later, unseen = self._judged.split_scores(results, self._champion)
        return ModelEvaluation(
            name=spec.name if spec else model.pin.name,
            family=spec.family if spec else None,
            version=None if spec else model.pin.version,
            sha256=model.pin.sha256,
            size_bytes=size_bytes,
            us_per_row=us_per_row(model, self._judged.later.matrix, clock=self._clock),
            later=later,
            unseen=unseen,
        )

    def evaluation(self, experiment_id: str, candidates: Sequence[ModelEvaluation]) -> Evaluation:
        judged, majority = self._judged, self._judged.majority
        return Evaluation(
            experiment_id=experiment_id,
            categories=judged.categories,
            rows_train=judged.rows_train,
            block_rows=BLOCK_ROWS,
            confidence_level=judged.rule.confidence_level,
            majority_category=judged.majority_category,
            majority_later=majority.later.score,
            majority_unseen=majority.unseen.score if majority.unseen else None,
            champion=self.champion,
            champion_note=self._note,
            champion_version=self._version,
            candidates=tuple(candidates),
        )


def trained_candidate(files: ExperimentFiles, spec: CandidateSpec, plan: ExperimentPlan) -> TrainedCandidate:
    """Raises InputInvalidError that names the candidate when it was planned but not trained, or planned otherwise since."""
    path = files.candidate(spec.name)
    if not path.exists():
        raise InputInvalidError(
            f"candidate {spec.name} was planned but not trained: {path} does not exist",
            hint=f"run `labeler experiment train --candidate {spec.name}`",
        )
    found = read_record(TrainedCandidate, path, step="train")
    if (found.spec, found.parent_run_id) != (spec, plan.parent_run_id):
        raise InputInvalidError(f"candidate {spec.name} was trained for another plan", hint=AGAIN)
    return found


def _loaded(
    files: ExperimentFiles, candidate: TrainedCandidate, plan: ExperimentPlan, task: LabelingTask, judged: JudgedRows
) -> LoadedModel:
    """As a worker loads it, which proves that one could."""
    name = candidate.spec.name
    try:
        body = files.bundle(name).read_bytes()
    except OSError as error:
        raise InputInvalidError(
            f"the bundle of candidate {name} can't be read: {files.bundle(name)}: {error.strerror}",
            hint=f"run `labeler experiment train --candidate {name}`",
        ) from error
    pin = ModelPin(
        name=name,
        version="candidate",
        key="",
        sha256=candidate.sha256,
        features_digest=plan.features_digest,
        task=plan.task,
    )
    model = load(body, pin, features_digest=task.features_digest())
    if not set(model.categories) <= set(judged.categories):
        raise InputInvalidError(f"candidate {name} was trained on other data than is prepared", hint=AGAIN)
    return model
