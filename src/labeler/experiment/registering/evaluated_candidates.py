"""The trained candidates of an experiment with their scores and the gate's verdict, checked to belong together."""

from dataclasses import dataclass

from labeler.errors import DigestMismatchError, InputInvalidError
from labeler.experiment.files import ExperimentFiles, read_record
from labeler.experiment.records import ExperimentPlan, TrainedCandidate
from labeler.experiment.scores import Evaluation, ModelEvaluation
from labeler.experiment.verdicts import GateResult


@dataclass(frozen=True, slots=True)
class EvaluatedCandidate:
    trained: TrainedCandidate
    evaluation: ModelEvaluation
    is_passed: bool

    @property
    def name(self) -> str:
        return self.trained.spec.name


def read_evaluated_candidates(
    files: ExperimentFiles, plan: ExperimentPlan
) -> tuple[tuple[EvaluatedCandidate, ...], str | None]:
    """(the trained candidates in the plan's order, the winner's name). Raises InputInvalidError, DigestMismatchError."""
    evaluation = read_record(Evaluation, files.evaluation, step="evaluate")
    result = read_record(GateResult, files.verdict, step="gate")
    for step, experiment_id in (("evaluate", evaluation.experiment_id), ("gate", result.experiment_id)):
        if experiment_id != plan.experiment_id:
            raise InputInvalidError(
                f"{files.directory} holds the plan of experiment {plan.experiment_id}, "
                f"but `{step}` was run for {experiment_id}",
                hint=f"run `labeler experiment {step}` again",
            )
    trained = [
        read_record(TrainedCandidate, files.candidate(spec.name), step="train")
        for spec in plan.candidates
        if files.candidate(spec.name).exists()
    ]
    if not trained:
        raise InputInvalidError(f"{files.candidates} holds no trained candidate", hint="run `labeler experiment train`")
    evaluations = {model.name: model for model in evaluation.candidates}
    passed = {verdict.candidate: verdict.is_passed for verdict in result.verdicts}
    candidates = tuple(_evaluated(candidate, evaluations, passed) for candidate in trained)
    if result.winner is not None and result.winner not in {candidate.name for candidate in candidates}:
        raise InputInvalidError(f"the gate's winner {result.winner} is not among the trained candidates")
    return candidates, result.winner


def _evaluated(
    trained: TrainedCandidate, evaluations: dict[str, ModelEvaluation], passed: dict[str, bool]
) -> EvaluatedCandidate:
    name = trained.spec.name
    if name not in evaluations or name not in passed:
        raise InputInvalidError(
            f"candidate {name} was trained but not evaluated",
            hint="run `labeler experiment evaluate` and `labeler experiment gate` again",
        )
    if evaluations[name].sha256 != trained.sha256:
        raise DigestMismatchError(
            f"candidate {name} hashes to {trained.sha256[:12]}, what was evaluated to {evaluations[name].sha256[:12]}",
            hint="it was trained again since: run `labeler experiment evaluate` and `labeler experiment gate` again",
        )
    return EvaluatedCandidate(trained, evaluations[name], passed[name])
