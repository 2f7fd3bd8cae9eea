"""An experiment before anything is trained: which candidates, on which data, under which id and MLflow run."""

import shutil
from collections.abc import Collection
from pathlib import Path

from labeler.errors import InputInvalidError
from labeler.experiment.data.lineage import data_version
from labeler.experiment.files import ExperimentFiles, read_record, write_record
from labeler.experiment.params import Params
from labeler.experiment.records import CandidateSpec, DatasetInfo, DataVersion, ExperimentPlan
from labeler.experiment.training.candidates import expand
from labeler.experiment.training.experiment_id import experiment_id, training_digest
from labeler.experiment.training.plan_checks import require_prepared
from labeler.experiment.training.preprocessing import pipeline
from labeler.experiment.training.run_metadata import data_tags
from labeler.experiment.training.tracking import has_run, open_parent
from labeler.models.registry import EXPERIMENT_TAG, SPLIT_TAG
from labeler.task import LabelingTask


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
    existing = _existing(files)
    if existing and existing.experiment_id == name and has_run(registry_uri, existing.parent_run_id):
        return existing
    data = data_version(info, files, project, image_commit=image_commit)
    planned = _open(name, info, params, specs, data=data, registry_uri=registry_uri)
    shutil.rmtree(files.candidates, ignore_errors=True)
    write_record(files.plan, planned)
    return planned


def _open(
    name: str,
    info: DatasetInfo,
    params: Params,
    specs: tuple[CandidateSpec, ...],
    *,
    data: DataVersion,
    registry_uri: str,
) -> ExperimentPlan:
    """Opens its parent run in MLflow."""
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


def _existing(files: ExperimentFiles) -> ExperimentPlan | None:
    """None also for one that another version of this code wrote."""
    if not files.plan.exists():
        return None
    try:
        return read_record(ExperimentPlan, files.plan, step="plan")
    except InputInvalidError:
        return None
