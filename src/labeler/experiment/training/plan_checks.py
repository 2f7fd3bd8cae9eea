"""Refuses rows and code that a plan is not about, before anything is trained or evaluated."""

from labeler.errors import InputInvalidError
from labeler.experiment.records import DatasetInfo, ExperimentPlan
from labeler.experiment.training.experiment_id import training_digest
from labeler.experiment.training.logged_models import REQUIREMENTS
from labeler.task import LabelingTask


def require_same_code(plan: ExperimentPlan) -> None:
    """Raises InputInvalidError when candidates of this plan would be made by other code than its earlier ones."""
    if (code := training_digest()) != plan.training_digest:
        raise InputInvalidError(
            f"the code that trains changed since the plan, or {', '.join(REQUIREMENTS)} did: "
            f"{code[:12]} here, {plan.training_digest[:12]} planned",
            hint="run `labeler experiment plan` again",
        )


def require_prepared(info: DatasetInfo, task: LabelingTask) -> None:
    """Raises InputInvalidError when the rows were prepared by other code than this."""
    if (info.task, info.features_digest) != (task.name, task.features_digest()):
        raise InputInvalidError(
            f"the rows were prepared for the task {info.task} with features {info.features_digest[:12]}, this code has "
            f"{task.name} with {task.features_digest()[:12]}",
            hint="run `labeler experiment prepare` with this code",
        )


def require_planned(plan: ExperimentPlan, info: DatasetInfo) -> None:
    """Raises InputInvalidError when something else was prepared than is planned."""
    for what, prepared, planned in (
        ("the statements", info.statements_sha256, plan.data.statements_sha256),
        ("the reference data", info.reference_sha256, plan.data.reference_sha256),
        ("the features", info.features_digest, plan.features_digest),
    ):
        if prepared != planned:
            raise InputInvalidError(
                f"{what} changed since the plan: {prepared[:12]} prepared, {planned[:12]} planned",
                hint="run `labeler experiment plan` again",
            )
