"""How each column of a sample is compared: as numbers or as categories, and with which threshold."""

from dataclasses import dataclass

import numpy as np

from labeler.monitoring.drift.samples import Sample
from labeler.monitoring.thresholds import Thresholds

LABEL, CONFIDENCE = "predicted label", "confidence of the label"
"""With a blank: no feature of a task is called like that."""
FEW_VALUES = 24
"""A column of so few whole numbers is taken for categories."""
NUMERIC, CATEGORIES = "wasserstein", "jensenshannon"


@dataclass(frozen=True, slots=True)
class Column:
    """How a column is compared."""

    name: str
    method: str
    threshold: float


def columns_of(
    sample: Sample, reference: Sample, thresholds: Thresholds, categorical: frozenset[str]
) -> tuple[Column, ...]:
    """The features in their order, then label and confidence."""
    features = []
    for position, name in enumerate(reference.feature_names):
        today, usually = (side.table.column(position).to_numpy() for side in (sample, reference))
        # Evidently refuses a column without a number; as a category of its own it is as far as can be from any other
        is_empty = not (np.isfinite(today).any() and np.isfinite(usually).any())
        is_coded = name in categorical or is_empty or _has_few_values(usually)
        default = thresholds.category_distance if is_coded else thresholds.numeric_distance
        features.append(Column(name, CATEGORIES if is_coded else NUMERIC, thresholds.columns.get(name, default)))
    return (
        *features,
        Column(LABEL, CATEGORIES, thresholds.label_distance),
        Column(CONFIDENCE, NUMERIC, thresholds.confidence_distance),
    )


def _has_few_values(values: np.ndarray) -> bool:
    distinct = np.unique(values[np.isfinite(values)])
    return len(distinct) <= FEW_VALUES and bool((distinct == np.round(distinct)).all())
