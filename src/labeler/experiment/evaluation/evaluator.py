"""Scores and speed of one model after the other, each compared with the majority baseline and the champion."""

from collections.abc import Sequence

from labeler.experiment.evaluation.champion import Champion
from labeler.experiment.evaluation.evaluation_rows import EvaluationRows, ModelResult
from labeler.experiment.evaluation.speed import BLOCK_ROWS, Clock, us_per_row
from labeler.experiment.records import CandidateSpec
from labeler.experiment.scores import Evaluation, ModelEvaluation
from labeler.models.bundle import LoadedModel


class Evaluator:
    """The champion is evaluated first."""

    def __init__(self, rows: EvaluationRows, champion: Champion, clock: Clock) -> None:
        self._rows, self._clock, self._note = rows, clock, champion.note
        self._version = champion.version
        self._champion_result: ModelResult | None = None
        self._champion: ModelEvaluation | None = None
        if champion.model:
            self._champion_result = rows.result(champion.model.classifier, champion.model.categories)
            self._champion = self._evaluated(champion.model, self._champion_result, champion.size_bytes, None)

    def candidate(self, model: LoadedModel, size_bytes: int, spec: CandidateSpec) -> ModelEvaluation:
        return self._evaluated(model, self._rows.result(model.classifier, model.categories), size_bytes, spec)

    def evaluation(self, experiment_id: str, candidates: Sequence[ModelEvaluation]) -> Evaluation:
        rows, majority = self._rows, self._rows.majority
        return Evaluation(
            experiment_id=experiment_id,
            categories=rows.categories,
            rows_train=rows.rows_train,
            block_rows=BLOCK_ROWS,
            confidence_level=rows.rule.confidence_level,
            majority_category=rows.majority_category,
            majority_later=majority.later.score,
            majority_unseen=majority.unseen.score if majority.unseen else None,
            champion=self._champion,
            champion_note=self._note,
            champion_version=self._version,
            candidates=tuple(candidates),
        )

    def _evaluated(
        self, model: LoadedModel, result: ModelResult, size_bytes: int, spec: CandidateSpec | None
    ) -> ModelEvaluation:
        """Without `spec` it is a registered version."""
        later, unseen = self._rows.split_scores(result, self._champion_result)
        return ModelEvaluation(
            name=spec.name if spec else model.pin.name,
            family=spec.family if spec else None,
            version=None if spec else model.pin.version,
            sha256=model.pin.sha256,
            size_bytes=size_bytes,
            us_per_row=us_per_row(model, self._rows.later.matrix, clock=self._clock),
            later=later,
            unseen=unseen,
        )
