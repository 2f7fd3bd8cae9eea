"""An experiment before anything is trained: which candidates, on which data, under which id and MLflow run."""

import hashlib
import json
import shutil
from collections.abc import Collection, Sequence
from importlib.metadata import version
from pathlib import Path

from labeler.errors import InputInvalidError
from labeler.experiment.data.lineage import data_version
from labeler.experiment.files import ExperimentFiles, read_record, write_record
from labeler.experiment.params import Params
from labeler.experiment.records import CandidateSpec, DatasetInfo, DataVersion, ExperimentPlan
from labeler.experiment.training.candidates import expand
from labeler.experiment.training.preprocessing import pipeline
from labeler.experiment.training.run_facts import data_tags
from labeler.experiment.training.tracking import REQUIREMENTS, has_run, open_parent
from labeler.models.registry import EXPERIMENT_TAG, SPLIT_TAG
from labeler.task import LabelingTask

ID_CHARACTERS = 10
MODELS = Path(__file__).parents[2]
CODE = (
    "bundle.py",
    "experiment/data/dataset.py",
    "experiment/data/split.py",
    "experiment/training/candidates.py",
    "experiment/training/families.py",
    "experiment/training/plan.py",
    "experiment/training/preparation.py",
    "experiment/training/tracking.py",
    "experiment/training/train.py",
)
"""Below MODELS: what a model follows from beside data, features and parameters; dvc.yaml's stage `train` names the same."""


def plan(
    files: ExperimentFiles,
    params: Params,
    *,
    task: LabelingTask,
    registry_uri: str,
    project: Path,
    is_quick: bool = False,
    names: Collection[str] = (),
    image_commit: str | None = None,
) -> ExperimentPlan:
    """Writes plan.json and opens the parent run. `project`: the directory of dvc.lock and of the git checkout;
    `image_commit`: see data_version.

    The same experiment planned again stays as it is, with its run and the candidates that were trained; another one
    takes its place, and the candidates of the earlier one are deleted. Raises InputInvalidError for candidates that can't
    be made, before anything is trained, ServiceUnavailableError.
    """
    info = read_record(DatasetInfo, files.dataset, step="prepare")
    require_prepared(info, task)
    specs = expand(params, is_quick=is_quick, names=names)
    for spec in specs:
        pipeline(spec, task.feature_names, task.feature_groups)
    name = experiment_id(info, params, specs)
    known = _existing(files)
    if known and known.experiment_id == name and has_run(registry_uri, known.parent_run_id):
        return known
    data = data_version(info, files, project, image_commit=image_commit)
    planned = _opened(name, info, params, specs, data=data, registry_uri=registry_uri)
    shutil.rmtree(files.candidates, ignore_errors=True)
    write_record(files.plan, planned)
    return planned


def _opened(
    name: str,
    info: DatasetInfo,
    params: Params,
    specs: tuple[CandidateSpec, ...],
    *,
    data: DataVersion,
    registry_uri: str,
) -> ExperimentPlan:
    """With a parent run of its own in MLflow."""
    parameters = {
        "split": str(params.split),
        "candidates": len(specs),
        "rows": info.rows,
        "accounts": info.accounts,
        "files": info.files,
        "max_rows": params.training.max_rows,
    }
    tags = {EXPERIMENT_TAG: name, SPLIT_TAG: str(params.split), **data_tags(info, data)}
    return ExperimentPlan(
        experiment_id=name,
        parent_run_id=open_parent(registry_uri, name=f"experiment {name}", parameters=parameters, tags=tags, info=info),
        task=info.task,
        features_digest=info.features_digest,
        training_digest=training_digest(),
        split=params.split,
        max_rows=params.training.max_rows,
        data=data,
        candidates=specs,
    )


def experiment_id(info: DatasetInfo, params: Params, specs: Sequence[CandidateSpec]) -> str:
    """The same data, features, split, candidates and training code give the same one."""
    content = {
        "statements": info.statements_sha256,
        "reference": info.reference_sha256,
        "features": info.features_digest,
        "code": training_digest(),
        "split": str(params.split),
        "training": params.training.model_dump(mode="json"),
        "candidates": [spec.model_dump(mode="json") for spec in specs],
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:ID_CHARACTERS]


def training_digest() -> str:
    """SHA-256 of the code that trains and of the versions of what it trains with."""
    digest = hashlib.sha256()
    for name in CODE:
        digest.update(hashlib.sha256((MODELS / name).read_bytes()).digest())
    for package in REQUIREMENTS:
        digest.update(f"{package}=={version(package)} ".encode())
    return digest.hexdigest()


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


def _existing(files: ExperimentFiles) -> ExperimentPlan | None:
    """None also for one that another version of this code wrote."""
    if not files.plan.exists():
        return None
    try:
        return read_record(ExperimentPlan, files.plan, step="plan")
    except InputInvalidError:
        return None
