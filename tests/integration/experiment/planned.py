"""A prepared toy experiment that can be planned and trained in seconds: 24 accounts, three features and categories."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from labeler.experiment.data.dataset import ACCOUNT, LABEL, TIME
from labeler.experiment.files import ExperimentFiles, write_record
from labeler.experiment.params import Params
from labeler.experiment.records import DatasetInfo, ExperimentPlan
from labeler.experiment.training.plan import plan

FEATURES = ("warmth", "weight", "noise")
CATEGORIES = ("BLUE", "GREEN", "RED")
DIGEST = "7" * 64
CANDIDATES: dict[str, Any] = {
    "trees": {
        "family": "extra_trees",
        "preparation": ["plain", "bare"],
        "parameters": {"n_estimators": 5, "max_depth": 4},
        "is_quick": True,
    },
    "linear": {"family": "logistic_regression", "preparation": ["scaled"], "parameters": {"C": [0.1]}},
}
NAMES = ["trees_1", "trees_2", "linear_1"]


@dataclass(frozen=True)
class ToyTask:
    """Its rows are never read: they are prepared here."""

    name: str = "toy"
    digest: str = DIGEST
    feature_names: tuple[str, ...] = FEATURES
    feature_groups: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: {"useless": ("noise",)})

    def features_digest(self) -> str:
        return self.digest


TASK: Any = ToyTask()


def rows(accounts: int = 24, each: int = 40, seed: int = 1) -> pa.Table:
    draw = np.random.default_rng(seed)
    n = accounts * each
    category = draw.choice(3, n, p=[0.5, 0.3, 0.2])
    account = np.repeat(np.arange(accounts), each)
    matrix = np.column_stack([category == 1, category == 2, np.zeros(n)]) + draw.normal(0, 0.4, (n, 3))
    columns: dict[str, Any] = {name: matrix[:, i].astype(np.float32) for i, name in enumerate(FEATURES)}
    columns[LABEL] = pa.array([CATEGORIES[code] for code in category]).dictionary_encode()
    columns[ACCOUNT] = pa.array([f"account-{code}" for code in account]).dictionary_encode()
    columns[TIME] = np.tile(np.arange(each), accounts).astype(np.int64)
    return pa.table(columns)


def params(**changed: Any) -> Params:
    return Params.model_validate(
        {
            "validation": {"max_reject_share": 0.1},
            "split": {"later_share": 0.3, "unseen_share": 0.25, "seed": 3},
            "training": {"seed": 5, "max_rows": 10_000},
            "preparations": {"plain": {}, "bare": {"groups": {"useless": "drop"}}, "scaled": {"scale": "standard"}},
            "candidates": CANDIDATES,
            "evaluation": {
                "coverage_shares": [0.3],
                "confidence_thresholds": [0.5],
                "bootstrap_samples": 100,
                "confidence_level": 0.95,
                "seed": 1,
            },
            **changed,
        }
    )


def prepare(directory: Path, **changed: Any) -> ExperimentFiles:
    files = ExperimentFiles(directory)
    files.prepared.mkdir(parents=True, exist_ok=True)
    table = rows()
    pq.write_table(table, files.prepared / "part-000000.parquet")
    info = DatasetInfo(
        task="toy",
        features_digest=DIGEST,
        feature_names=FEATURES,
        reference_version="1",
        reference_sha256="b" * 64,
        statements_sha256="a" * 64,
        files=24,
        accounts=24,
        rows=len(table),
        rows_rejected=0,
        parts=("part-000000.parquet",),
        source="s3://toys/labeled",
    )
    write_record(files.dataset, info.model_copy(update=changed))
    return files


def planned(files: ExperimentFiles, registry: str, chosen: Params | None = None, **options: Any) -> ExperimentPlan:
    return plan(
        files, chosen or params(), **{"task": TASK, "registry_uri": registry, "project": files.directory, **options}
    )
