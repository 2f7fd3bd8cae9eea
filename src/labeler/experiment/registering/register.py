"""Every trained candidate becomes a version of the registered model; the gate's winner becomes the challenger."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from labeler.errors import ChampionMissingError, InputInvalidError
from labeler.experiment.files import ExperimentFiles, read_record, write_record
from labeler.experiment.records import ExperimentPlan
from labeler.experiment.registering.evaluated_candidates import EvaluatedCandidate, read_evaluated_candidates
from labeler.experiment.registering.run_metrics import headline_metrics, log_run_metrics
from labeler.experiment.registration import RegisteredVersion, Registration
from labeler.experiment.scores import Evaluation
from labeler.experiment.training.logged_models import register_model
from labeler.models import registry
from labeler.models.artifacts import download, verified_sha256
from labeler.models.versions import champion_version, search_versions

if TYPE_CHECKING:
    from mlflow.tracking import MlflowClient


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
    together, another champion than was evaluated against), DigestMismatchError (a run would load other bytes than were
    evaluated), ServiceUnavailableError.
    """
    plan = read_record(ExperimentPlan, files.plan, step="plan")
    candidates, winner = read_evaluated_candidates(files, plan)
    with registry.registry_errors(registry_uri, model_name):
        client = registry.connect(registry_uri)
        if not _is_registered(client, files, plan, candidates, winner=winner, model_name=model_name):
            _require_same_champion(client, files, registry_uri, model_name)
        versions = []
        for candidate in candidates:
            progress(candidate.name)
            trained = candidate.trained
            model_version = _version(client, registry_uri, model_name, candidate, _tags(plan, candidate))
            verified_sha256(model_version, download(client, registry_uri, model_version))
            log_run_metrics(client, trained.run_id, candidate.evaluation, at)
            number = str(model_version.version)
            versions.append(RegisteredVersion(candidate=candidate.name, version=number, sha256=trained.sha256))
        challenger = next((version.version for version in versions if version.candidate == winner), None)
        if challenger is not None:
            client.set_registered_model_alias(model_name, registry.CHALLENGER, challenger)
    registration = Registration(
        experiment_id=plan.experiment_id, model_name=model_name, versions=tuple(versions), challenger=challenger
    )
    write_record(files.registration, registration)
    return registration


def _tags(plan: ExperimentPlan, candidate: EvaluatedCandidate) -> dict[str, str]:
    return {
        registry.FEATURES_DIGEST_TAG: plan.features_digest,
        registry.TASK_TAG: plan.task,
        registry.SPLIT_TAG: str(plan.split),
        registry.EXPERIMENT_TAG: plan.experiment_id,
        registry.CANDIDATE_TAG: candidate.name,
        registry.SHA256_TAG: candidate.trained.sha256,
        registry.DATA_TAG: plan.data.statements_sha256,
        registry.VERDICT_TAG: registry.PASSED if candidate.is_passed else registry.FAILED,
        **{registry.METRIC_TAG + name: f"{value:g}" for name, value in headline_metrics(candidate.evaluation).items()},
    }


def _require_same_champion(client: "MlflowClient", files: ExperimentFiles, registry_uri: str, model_name: str) -> None:
    """A verdict says nothing of a champion that came after it. Raises InputInvalidError."""
    evaluated = read_record(Evaluation, files.evaluation, step="evaluate").champion_version
    try:
        with registry.registry_errors(registry_uri, model_name):
            champion = champion_version(client, model_name)
    except ChampionMissingError:  # no model of this name yet
        champion = None
    if champion != evaluated:
        now, then = (f"version {version}" if version else "none" for version in (champion, evaluated))
        raise InputInvalidError(
            f"the champion of {model_name} is {now}, the candidates were evaluated when it was {then}",
            hint="run `labeler experiment evaluate` and `labeler experiment gate` again",
        )


def _is_registered(
    client: "MlflowClient",
    files: ExperimentFiles,
    plan: ExperimentPlan,
    candidates: tuple[EvaluatedCandidate, ...],
    *,
    winner: str | None,
    model_name: str,
) -> bool:
    """Whether an earlier call registered just this: its winner may be the champion by now."""
    if not files.registration.exists():
        return False
    earlier = read_record(Registration, files.registration, step="register")
    challenger = None
    for candidate in candidates:
        tags = _tags(plan, candidate)
        model_version = _find_version(client, model_name, tags)
        if model_version is None or not tags.items() <= model_version.tags.items():
            return False
        challenger = str(model_version.version) if candidate.name == winner else challenger
    return (earlier.experiment_id, earlier.model_name, earlier.challenger) == (
        plan.experiment_id,
        model_name,
        challenger,
    )


def _find_version(client: "MlflowClient", model_name: str, tags: dict[str, str]) -> Any | None:
    """The oldest: of two calls at once that both registered one, the next call finds the same."""
    identity = {name: tags[name] for name in (registry.EXPERIMENT_TAG, registry.CANDIDATE_TAG, registry.SHA256_TAG)}
    return next(reversed(search_versions(client, model_name, identity)), None)


def _version(
    client: "MlflowClient", registry_uri: str, model_name: str, candidate: EvaluatedCandidate, tags: dict[str, str]
) -> Any:
    """MLflow's record of the candidate's version, registered now or before; its tags hold what the gate says now."""
    model_version = _find_version(client, model_name, tags)
    if model_version is None:
        trained = candidate.trained
        number = register_model(registry_uri, model_name, trained.model_uri, run_id=trained.run_id, tags=tags)
        return client.get_model_version(model_name, number)
    for name, value in tags.items():
        if model_version.tags.get(name) != value:
            client.set_model_version_tag(model_name, model_version.version, name, value)
    return model_version
