"""Every trained candidate becomes a version of the registered model; the gate's winner becomes the challenger."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from labeler.errors import ChampionMissingError, DigestMismatchError, InputInvalidError
from labeler.experiment.files import ExperimentFiles, read_record, write_record
from labeler.experiment.records import (
    ExperimentPlan,
    GateResult,
    RegisteredVersion,
    Registration,
    TrainedCandidate,
)
from labeler.experiment.scores import Evaluation, ModelEvaluation
from labeler.experiment.training.logged_models import register_model
from labeler.models import registry
from labeler.models.versions import champion_of, search

if TYPE_CHECKING:
    from mlflow.tracking import MlflowClient

SCORES = ("accuracy", "macro_f1", "weighted_f1", "log_loss", "calibration_error")
HEADLINES = ("later_accuracy", "later_macro_f1", "us_per_row")


@dataclass(frozen=True, slots=True)
class Judged:
    """One candidate, as far as register needs to know it."""

    trained: TrainedCandidate
    evaluation: ModelEvaluation
    is_passed: bool

    @property
    def name(self) -> str:
        return self.trained.spec.name


def register(
    files: ExperimentFiles,
    *,
    registry_uri: str,
    model_name: str,
    at: datetime,
    progress: Callable[[str], None] = lambda _: None,
) -> Registration:
    """Writes registration.json. A second call finds the versions of the first one and registers nothing twice.

    `at`: the time of the metrics that the candidates' runs get. Raises InputInvalidError (steps that do not belong
    together, another champion than was judged against), DigestMismatchError (a run would stage other bytes than were judged), ServiceUnavailableError.
    """
    plan = read_record(ExperimentPlan, files.plan, step="plan")
    candidates, winner = read_judged(files, plan)
    with registry.registry_errors(registry_uri, model_name):
        client = registry.connect(registry_uri)
        if not _is_registered(client, files, plan, candidates, winner=winner, model_name=model_name):
            _require_same_champion(client, files, registry_uri, model_name)
        versions = []
        for candidate in candidates:
            progress(candidate.name)
            version = _version(client, registry_uri, model_name, candidate, _tags(plan, candidate))
            registry.proven(version, registry.download(client, registry_uri, version))
            _log_metrics(client, candidate, at)
            versions.append(
                RegisteredVersion(
                    candidate=candidate.name, version=str(version.version), sha256=candidate.trained.sha256
                )
            )
        challenger = next((version.version for version in versions if version.candidate == winner), None)
        if challenger is not None:
            client.set_registered_model_alias(model_name, registry.CHALLENGER, challenger)
    registration = Registration(
        experiment_id=plan.experiment_id, model_name=model_name, versions=tuple(versions), challenger=challenger
    )
    write_record(files.registration, registration)
    return registration


def read_judged(files: ExperimentFiles, plan: ExperimentPlan) -> tuple[tuple[Judged, ...], str | None]:
    """(the trained candidates in the plan's order, the winner's name). Raises InputInvalidError, DigestMismatchError."""
    evaluation = read_record(Evaluation, files.evaluation, step="evaluate")
    verdict = read_record(GateResult, files.verdict, step="gate")
    for step, found in (("evaluate", evaluation.experiment_id), ("gate", verdict.experiment_id)):
        if found != plan.experiment_id:
            raise InputInvalidError(
                f"{files.directory} holds the plan of experiment {plan.experiment_id}, but `{step}` judged {found}",
                hint=f"run `labeler experiment {step}` again",
            )
    trained = [
        read_record(TrainedCandidate, files.candidate(spec.name), step="train")
        for spec in plan.candidates
        if files.candidate(spec.name).exists()
    ]
    if not trained:
        raise InputInvalidError(f"{files.candidates} holds no trained candidate", hint="run `labeler experiment train`")
    evaluated = {model.name: model for model in evaluation.candidates}
    passed = {judged.candidate: judged.is_passed for judged in verdict.verdicts}
    judged = tuple(_judged(candidate, evaluated, passed) for candidate in trained)
    if verdict.winner is not None and verdict.winner not in {candidate.name for candidate in judged}:
        raise InputInvalidError(f"the gate's winner {verdict.winner} is not among the trained candidates")
    return judged, verdict.winner


def _judged(trained: TrainedCandidate, evaluated: dict[str, ModelEvaluation], passed: dict[str, bool]) -> Judged:
    name = trained.spec.name
    if name not in evaluated or name not in passed:
        raise InputInvalidError(
            f"candidate {name} was trained but not judged",
            hint="run `labeler experiment evaluate` and `labeler experiment gate` again",
        )
    if evaluated[name].sha256 != trained.sha256:
        raise DigestMismatchError(
            f"candidate {name} hashes to {trained.sha256[:12]}, what was evaluated to {evaluated[name].sha256[:12]}",
            hint="it was trained again since: run `labeler experiment evaluate` and `labeler experiment gate` again",
        )
    return Judged(trained, evaluated[name], passed[name])


def run_metrics(model: ModelEvaluation) -> dict[str, float]:
    """What MLflow's run of a candidate says of it, by the names that `labeler model compare` shows."""
    metrics = {"us_per_row": model.us_per_row}
    for split, judged in (("later", model.later), ("unseen", model.unseen)):
        if judged is not None:
            metrics |= {f"{split}_{name}": getattr(judged.score, name) for name in SCORES}
    return metrics


def headlines(model: ModelEvaluation) -> dict[str, float]:
    found = run_metrics(model)
    return {name: round(found[name], 4) for name in HEADLINES}


def _tags(plan: ExperimentPlan, candidate: Judged) -> dict[str, str]:
    return {
        registry.FEATURES_DIGEST_TAG: plan.features_digest,
        registry.TASK_TAG: plan.task,
        registry.SPLIT_TAG: str(plan.split),
        registry.EXPERIMENT_TAG: plan.experiment_id,
        registry.CANDIDATE_TAG: candidate.name,
        registry.SHA256_TAG: candidate.trained.sha256,
        registry.DATA_TAG: plan.data.statements_sha256,
        registry.VERDICT_TAG: registry.PASSED if candidate.is_passed else registry.FAILED,
        **{registry.METRIC_TAG + name: f"{value:g}" for name, value in headlines(candidate.evaluation).items()},
    }


def _require_same_champion(client: "MlflowClient", files: ExperimentFiles, registry_uri: str, model_name: str) -> None:
    """A verdict says nothing of a champion that came after it. Raises InputInvalidError."""
    judged = read_record(Evaluation, files.evaluation, step="evaluate").champion_version
    try:
        with registry.registry_errors(registry_uri, model_name):
            champion = champion_of(client, model_name)
    except ChampionMissingError:  # no model of this name yet
        champion = None
    if champion != judged:
        now, then = (f"version {version}" if version else "none" for version in (champion, judged))
        raise InputInvalidError(
            f"the champion of {model_name} is {now}, the candidates were judged when it was {then}",
            hint="run `labeler experiment evaluate` and `labeler experiment gate` again",
        )


def _is_registered(
    client: "MlflowClient",
    files: ExperimentFiles,
    plan: ExperimentPlan,
    candidates: tuple[Judged, ...],
    *,
    winner: str | None,
    model_name: str,
) -> bool:
    """Whether an earlier call registered just this: its winner may be the champion by now."""
    if not files.registration.exists():
        return False
    done = read_record(Registration, files.registration, step="register")
    challenger = None
    for candidate in candidates:
        tags = _tags(plan, candidate)
        found = _known(client, model_name, tags)
        if found is None or not tags.items() <= found.tags.items():
            return False
        challenger = str(found.version) if candidate.name == winner else challenger
    return (done.experiment_id, done.model_name, done.challenger) == (plan.experiment_id, model_name, challenger)


def _known(client: "MlflowClient", model_name: str, tags: dict[str, str]) -> Any | None:
    """The oldest: of two calls at once that both made one, the next call finds the same."""
    identity = {name: tags[name] for name in (registry.EXPERIMENT_TAG, registry.CANDIDATE_TAG, registry.SHA256_TAG)}
    return next(reversed(search(client, model_name, identity)), None)


def _version(
    client: "MlflowClient", registry_uri: str, model_name: str, candidate: Judged, tags: dict[str, str]
) -> Any:
    """MLflow's record of the candidate's version, made or found; its tags say what the gate says now."""
    found = _known(client, model_name, tags)
    if found is None:
        trained = candidate.trained
        number = register_model(registry_uri, model_name, trained.model_uri, run_id=trained.run_id, tags=tags)
        return client.get_model_version(model_name, number)
    for name, value in tags.items():
        if found.tags.get(name) != value:
            client.set_model_version_tag(model_name, found.version, name, value)
    return found


def _log_metrics(client: "MlflowClient", candidate: Judged, at: datetime) -> None:
    from mlflow.entities import Metric

    known = client.get_run(candidate.trained.run_id).data.metrics
    stamp = int(at.timestamp() * 1000)
    new = [
        Metric(name, value, stamp, 0)
        for name, value in run_metrics(candidate.evaluation).items()
        if known.get(name) != value
    ]
    if new:
        client.log_batch(candidate.trained.run_id, metrics=new)
