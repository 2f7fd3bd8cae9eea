"""Every candidate, the champion and the majority baseline on the same rows, with the worker's own code.

Apart from training, so that models of different days stay comparable. What is evaluated is the bundle's bytes, loaded
as a worker loads them.
"""

from collections.abc import Callable, Mapping

import pyarrow.parquet as pq

from labeler.experiment.data.dataset import load_dataset
from labeler.experiment.data.split import split_rows
from labeler.experiment.evaluation.champion import load_champion
from labeler.experiment.evaluation.evaluation_rows import EvaluationRows
from labeler.experiment.evaluation.evaluator import Evaluator
from labeler.experiment.evaluation.headline import headlines
from labeler.experiment.evaluation.held_out import held_out_sample
from labeler.experiment.evaluation.plots.draw import draw
from labeler.experiment.evaluation.speed import Clock
from labeler.experiment.evaluation.trained_models import load_trained, read_trained
from labeler.experiment.files import ExperimentFiles, read_record, write_record
from labeler.experiment.params import EvaluationRule
from labeler.experiment.records import ExperimentPlan
from labeler.experiment.scores import Evaluation
from labeler.experiment.training.plan_checks import require_planned, require_prepared
from labeler.task import LabelingTask


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
    """Writes the evaluation, its plots, and a sample of the held-out rows as each candidate labels them.

    `progress` gets each model's name before it is evaluated; `budget_us_per_row` is only plotted.

    Raises InputInvalidError when something was not prepared, planned or trained, or not from the same data;
    DigestMismatchError when a bundle is not what was trained; ServiceUnavailableError when the registry does not answer.
    """
    plan = read_record(ExperimentPlan, files.plan, step="plan")
    trained = [read_trained(files, spec, plan) for spec in plan.candidates]
    dataset = load_dataset(files, max_rows=plan.max_rows)
    require_prepared(dataset.info, task)
    require_planned(plan, dataset.info)
    progress("champion")
    champion = load_champion(registry_uri, model_name, task=task, split=plan.split)
    known = champion.model.categories if champion.model else ()
    rows = EvaluationRows(dataset, split_rows(dataset, plan.split), sorted({*dataset.categories, *known}), rule)
    evaluator = Evaluator(rows, champion, clock)
    candidates = []
    _clear(files)
    for candidate in trained:
        progress(candidate.spec.name)
        model = load_trained(files, candidate, plan, task=task, categories=rows.categories)
        candidates.append(evaluator.candidate(model, candidate.size_bytes, candidate.spec))
        sample = held_out_sample(rows, model, dataset.info.feature_names)
        pq.write_table(sample, files.held_out_sample(candidate.spec.name), compression="zstd")
    evaluation = evaluator.evaluation(plan.experiment_id, candidates)
    progress("plots")
    _write(files, evaluation, draw(evaluation, budget_us_per_row=budget_us_per_row))
    return evaluation


def _write(files: ExperimentFiles, evaluation: Evaluation, plots: Mapping[str, bytes]) -> None:
    for name, body in plots.items():
        files.plot(name).write_bytes(body)
    write_record(files.evaluation, evaluation)
    write_record(files.metrics, headlines(evaluation))


def _clear(files: ExperimentFiles) -> None:
    """Removes plots and samples of candidates that are no longer planned."""
    files.held_out.mkdir(parents=True, exist_ok=True)
    for stale in (*files.evaluation.parent.glob("*.png"), *files.held_out.glob("*.parquet")):
        stale.unlink()
