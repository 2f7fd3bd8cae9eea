"""Sample and reference -> Evidently's snapshot, and the distances in it. Nothing here decides what they mean."""

import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from labeler.errors import ContractMismatchError
from labeler.monitoring.drift.columns import CATEGORIES, NUMERIC, Column, columns_of
from labeler.monitoring.drift.samples import Sample
from labeler.monitoring.thresholds import Thresholds

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class Comparison:
    snapshot: Any
    """Evidently's."""
    columns: tuple[Column, ...]
    scores: Mapping[str, float]
    """Distance from the reference, by column."""


def compare(
    sample: Sample,
    reference: Sample,
    *,
    thresholds: Thresholds,
    categorical: frozenset[str],
    name: str,
    at: datetime,
    metadata: dict[str, str],
) -> Comparison:
    """Both sides unweighted (`Sample.balanced`). `categorical`: columns of codes. Raises ContractMismatchError."""
    if sample.feature_names != reference.feature_names:
        raise ContractMismatchError(
            "the run's features are not those of the reference",
            hint="take a run of the same model: labeler monitor baseline RUN",
        )
    columns = columns_of(sample, reference, thresholds, categorical)
    with without_warnings():
        from evidently import Report

        snapshot = Report(_metrics(columns, thresholds), include_tests=True).run(
            _dataset(sample, columns),
            _dataset(reference, columns),
            timestamp=at.replace(tzinfo=None),  # Evidently compares times without a zone
            metadata=dict(metadata),
            name=name,
        )
        return Comparison(snapshot, columns, _scores(snapshot))


def _metrics(columns: tuple[Column, ...], thresholds: Thresholds) -> list[Any]:
    from evidently.metrics import DatasetMissingValueCount, DriftedColumnsCount, RowCount, ValueDrift

    watched = [column for column in columns if column.name not in thresholds.not_watched]
    counted = DriftedColumnsCount(
        columns=[column.name for column in watched],
        per_column_method={column.name: column.method for column in watched},
        per_column_threshold={column.name: column.threshold for column in watched},
    )
    each = [ValueDrift(column=one.name, method=one.method, threshold=one.threshold) for one in columns]
    return [counted, RowCount(), DatasetMissingValueCount(), *each]


def _dataset(sample: Sample, columns: tuple[Column, ...]) -> Any:
    from evidently import DataDefinition, Dataset

    definition = DataDefinition(
        numerical_columns=[column.name for column in columns if column.method == NUMERIC],
        categorical_columns=[column.name for column in columns if column.method == CATEGORIES],
    )
    return Dataset.from_pandas(_frame(sample, columns), definition)


def _frame(sample: Sample, columns: tuple[Column, ...]) -> "pd.DataFrame":
    import pandas as pd

    arrays = [sample.table.column(position).to_numpy() for position in range(len(sample.feature_names))]
    confidence = sample.table.column(sample.table.num_columns - 2).to_numpy()
    values = [*arrays, np.array(sample.labels, object), confidence]
    return pd.DataFrame(
        {
            column.name: _text(value) if column.method == CATEGORIES and value.dtype != object else _finite(value)
            for column, value in zip(columns, values, strict=True)
        }
    )


def _text(codes: np.ndarray) -> np.ndarray:
    """Or Evidently would take codes for numbers. Not cut to whole ones: what was whole may no longer be."""
    return np.char.mod("%g", codes).astype(object)


def _finite(values: np.ndarray) -> np.ndarray:
    """Evidently leaves NaN out; an infinity would make the distance one, or none."""
    return values if values.dtype == object else np.where(np.isfinite(values), values, np.nan)


def _scores(snapshot: Any) -> dict[str, float]:
    return {
        metric["config"]["column"]: float(metric["value"])
        for metric in snapshot.dict()["metrics"]
        if metric["config"]["type"].endswith(":ValueDrift")
    }


@contextmanager
def without_warnings() -> Iterator[None]:
    """Evidently uses names that numpy, pandas and pydantic have deprecated: only its authors can change that."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
