"""The recipe of the gate's winner, from the records of the steps before."""

from labeler.errors import InputInvalidError, NothingPassedError
from labeler.experiment.files import ExperimentFiles, read_record
from labeler.experiment.records import ExperimentPlan
from labeler.experiment.registering.evaluated_candidates import read_evaluated_candidates
from labeler.experiment.registering.recipe import ChampionRecipe
from labeler.experiment.registering.run_metrics import headline_metrics
from labeler.experiment.registration import Registration


def winning_recipe(files: ExperimentFiles) -> ChampionRecipe:
    """Raises NothingPassedError, InputInvalidError (steps that do not belong together)."""
    plan = read_record(ExperimentPlan, files.plan, step="plan")
    candidates, winner = read_evaluated_candidates(files, plan)
    if winner is None:
        raise NothingPassedError(
            f"no candidate of experiment {plan.experiment_id} passed the gate: there is nothing to propose",
            hint="see `labeler experiment gate` for what each one misses",
        )
    registration = read_record(Registration, files.registration, step="register")
    candidate = next(each for each in candidates if each.name == winner)
    trained = candidate.trained
    version = next((version for version in registration.versions if version.candidate == winner), None)
    if registration.experiment_id != plan.experiment_id or version is None or version.sha256 != trained.sha256:
        raise InputInvalidError(
            f"{files.registration} is not of experiment {plan.experiment_id} as it was evaluated",
            hint="run `labeler experiment register` again",
        )
    return ChampionRecipe(
        experiment=plan.experiment_id,
        candidate=winner,
        family=trained.spec.family,
        preparation=trained.spec.preparation,
        parameters=trained.spec.parameters,
        seed=trained.spec.seed,
        model=registration.model_name,
        version=version.version,
        sha256=version.sha256,
        metrics=headline_metrics(candidate.evaluation),
    )
