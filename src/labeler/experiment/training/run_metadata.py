"""What a run in MLflow records: its data, its code, its parameters, and what is installed."""

import platform
import warnings
from importlib.metadata import distributions
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from labeler.experiment.data.s3_source import S3
from labeler.experiment.records import CandidateSpec, DatasetInfo, DataVersion
from labeler.models.registry import DATA_TAG, FEATURES_DIGEST_TAG, TASK_TAG

if TYPE_CHECKING:
    from mlflow.data.meta_dataset import MetaDataset

GIT_COMMIT_TAG = "mlflow.source.git.commit"
GIT_DIRTY_TAG = "labeler.git_is_dirty"
DVC_TAG = "labeler.dvc"
REFERENCE_TAG = "labeler.reference"
DIGEST_CHARACTERS = 36
"""MLflow keeps so many of a data set's digest; the tag DATA_TAG has all."""
EXAMPLE_QUANTILES = (0.25, 0.5, 0.75)
EXAMPLE_ROWS = 100_000


def data_tags(info: DatasetInfo, data: DataVersion) -> dict[str, str]:
    """The version of its data and code."""
    tags = {
        FEATURES_DIGEST_TAG: info.features_digest,
        TASK_TAG: info.task,
        DATA_TAG: data.statements_sha256,
        REFERENCE_TAG: data.reference_sha256,
        DVC_TAG: data.dvc,
        GIT_COMMIT_TAG: data.git_commit,
        GIT_DIRTY_TAG: None if data.git_is_dirty is None else str(data.git_is_dirty).lower(),
    }
    return {name: value for name, value in tags.items() if value is not None}


def spec_parameters(spec: CandidateSpec) -> dict[str, Any]:
    groups = {f"group.{name}": encoding for name, encoding in spec.preparation.groups.items()}
    return {
        "family": spec.family,
        "preparation": spec.preparation_name,
        **groups,
        "scale": spec.preparation.scale,
        "seed": spec.seed,
        **spec.parameters,
    }


def lineage(info: DatasetInfo) -> "MetaDataset":
    """Says where the files lay and what they hash to; holds none of them."""
    from mlflow.data.code_dataset_source import CodeDatasetSource
    from mlflow.data.dataset_source_registry import resolve_dataset_source
    from mlflow.data.meta_dataset import MetaDataset
    from mlflow.types import ColSpec, Schema

    address = info.source if not info.source or info.source.startswith(S3) else str(Path(info.source).resolve())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # MLflow registers its own source of local files twice, and warns of it
        source = resolve_dataset_source(address) if address else CodeDatasetSource({"task": info.task})
    columns = [*(ColSpec("float", name) for name in info.feature_names), ColSpec("string", "label")]
    return MetaDataset(
        source, name=info.task, digest=info.statements_sha256[:DIGEST_CHARACTERS], schema=Schema(columns)
    )


def example_rows(matrix: np.ndarray) -> np.ndarray:
    """float32 (3, features): the quartiles of each column, which together are nobody's row."""
    step = max(1, len(matrix) // EXAMPLE_ROWS)
    return np.quantile(matrix[::step], EXAMPLE_QUANTILES, axis=0).astype(np.float32)


def environment() -> dict[str, Any]:
    """What is installed where this runs."""
    packages = {package.metadata["Name"]: package.version for package in distributions()}
    return {
        "python": platform.python_version(),
        "platform": platform.platform(),
        "packages": dict(sorted(packages.items(), key=lambda item: item[0].lower())),
    }
