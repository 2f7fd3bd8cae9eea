"""The trained candidates of a plan, and their bundles loaded as a worker loads them."""

from collections.abc import Collection

from labeler.errors import InputInvalidError
from labeler.experiment.files import ExperimentFiles, read_record
from labeler.experiment.records import CandidateSpec, ExperimentPlan, TrainedCandidate
from labeler.messages import ModelPin
from labeler.models.bundle import LoadedModel, load
from labeler.task import LabelingTask

TRAIN_AGAIN = "run `labeler experiment train` again"


def read_trained(files: ExperimentFiles, spec: CandidateSpec, plan: ExperimentPlan) -> TrainedCandidate:
    """Raises InputInvalidError that names the candidate when it was planned but not trained, or planned otherwise since."""
    path = files.candidate(spec.name)
    if not path.exists():
        raise InputInvalidError(
            f"candidate {spec.name} was planned but not trained: {path} does not exist",
            hint=f"run `labeler experiment train --candidate {spec.name}`",
        )
    trained = read_record(TrainedCandidate, path, step="train")
    if (trained.spec, trained.parent_run_id) != (spec, plan.parent_run_id):
        raise InputInvalidError(f"candidate {spec.name} was trained for another plan", hint=TRAIN_AGAIN)
    return trained


def load_trained(
    files: ExperimentFiles,
    candidate: TrainedCandidate,
    plan: ExperimentPlan,
    *,
    task: LabelingTask,
    categories: Collection[str],
) -> LoadedModel:
    """As a worker loads it, which proves that one could. `categories`: all that the model may have.

    Raises InputInvalidError, DigestMismatchError, ContractMismatchError.
    """
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
    if not set(model.categories) <= set(categories):
        raise InputInvalidError(f"candidate {name} was trained on other data than is prepared", hint=TRAIN_AGAIN)
    return model
