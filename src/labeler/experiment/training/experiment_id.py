"""What an experiment's id follows from: data, features, split, candidates, and the code that trains."""

import hashlib
import json
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from labeler.experiment.params import Params
from labeler.experiment.records import CandidateSpec, DatasetInfo
from labeler.experiment.training.logged_models import REQUIREMENTS

ID_CHARACTERS = 10
PACKAGE = Path(__file__).parents[2]
CODE = (
    "experiment/data/dataset.py",
    "experiment/data/split.py",
    "experiment/training/candidates.py",
    "experiment/training/estimators.py",
    "experiment/training/experiment_id.py",
    "experiment/training/fit.py",
    "experiment/training/logged_models.py",
    "experiment/training/mlflow_session.py",
    "experiment/training/plan.py",
    "experiment/training/plan_checks.py",
    "experiment/training/preprocessing.py",
    "experiment/training/tracking.py",
    "experiment/training/train.py",
    "experiment/training/trainer.py",
    "models/bundle.py",
)
"""Below PACKAGE: what a model follows from beside data, features and parameters; dvc.yaml's stage `train` names the same."""


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
        digest.update(hashlib.sha256((PACKAGE / name).read_bytes()).digest())
    for package in REQUIREMENTS:
        digest.update(f"{package}=={version(package)} ".encode())
    return digest.hexdigest()
