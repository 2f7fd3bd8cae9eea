"""How a model preprocesses the matrix: codes encoded, groups of columns left out, columns scaled.

It is the first step of the model's own pipeline: fitted on training rows only, registered and evaluated with the model,
and run by the worker, because it is inside what the worker loads. So it costs every row: in blocks of 16,000 rows
dropping or keeping columns takes 0.03 us a row, `standard` 0.1, one-hot 0.3, ordinal 1.1, target 1.1 (22 columns for
each column of codes), `quantile` 2.4 (10 if it made normal distributions of them).
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from labeler.errors import InputInvalidError
from labeler.experiment.params import Preprocessing
from labeler.experiment.records import CandidateSpec
from labeler.experiment.training.estimators import classifier_of

MIN_ROWS_OF_A_CODE = 5
"""Rarer codes share a column of one-hot."""
MAX_COLUMNS_OF_A_CODE = 48
"""Columns that one-hot makes of one column: the most frequent codes, and one for all others. Places have thousands of
codes, and a matrix that is ten times as wide makes trees slower than their depth does."""
QUANTILES = 100
TARGET_FOLDS = 5
KEEP = "passthrough"


def pipeline(spec: CandidateSpec, names: Sequence[str], groups: Mapping[str, tuple[str, ...]]) -> Any:
    """An unfitted scikit-learn pipeline that takes the task's matrix, float32 (n, features), and has `predict_proba`.

    `names` and `groups` are the task's. Raises InputInvalidError that names the candidate and what it can't be made of.
    """
    from sklearn.pipeline import Pipeline

    try:
        step = preprocessing_step(spec.preparation, names, groups, seed=spec.seed)
    except InputInvalidError as error:
        raise InputInvalidError(
            f"candidate {spec.name}: preparation {spec.preparation_name}: {error.message}", hint=error.hint
        ) from error
    return Pipeline([("prepare", step), ("classify", classifier_of(spec))])


def preprocessing_step(
    preprocessing: Preprocessing, names: Sequence[str], groups: Mapping[str, tuple[str, ...]], *, seed: int
) -> Any:
    """An unfitted scikit-learn transformer, or "passthrough". Codes that were not seen in training never make it fail.

    Raises InputInvalidError for groups that the task does not have, and when no column is left.
    """
    unknown = sorted(preprocessing.groups.keys() - groups.keys())
    if unknown:
        raise InputInvalidError(
            f"the task has no feature group {', '.join(unknown)}",
            hint=f"take one of {', '.join(sorted(groups)) or 'no groups'} in params.yaml",
        )
    encodings = {group: encoding for group, encoding in preprocessing.groups.items() if encoding != "keep"}
    encoded = {name for group in encodings for name in groups[group]}
    kept = [position for position, name in enumerate(names) if name not in encoded]
    if len(kept) == len(names) and preprocessing.scale == "none":
        return KEEP
    steps = list(_kept_columns(kept, preprocessing.scale, seed))
    for group, encoding in encodings.items():
        columns = [position for position, name in enumerate(names) if name in groups[group]]
        if encoding != "drop" and columns:
            steps.append((group, _encoder(encoding, seed), _selector(columns)))
    if not steps:
        raise InputInvalidError("it leaves no column", hint="keep or encode a group in params.yaml")
    from sklearn.compose import ColumnTransformer

    return ColumnTransformer(steps, n_jobs=1)


def _kept_columns(columns: list[int], scale: str, seed: int) -> Iterator[tuple[str, Any, Any]]:
    if not columns:
        return
    if scale != "none":
        yield "kept", _scaler(scale, seed), _selector(columns)
        return
    # slices are views: a list of columns would copy them, which takes longer than all the rest
    for part in _ranges(columns):
        yield f"kept_{part.start}", KEEP, part


def _selector(columns: list[int]) -> slice | list[int]:
    ranges = list(_ranges(columns))
    return ranges[0] if len(ranges) == 1 else columns


def _ranges(columns: list[int]) -> Iterator[slice]:
    """Runs of neighbouring columns; `columns` are sorted."""
    cuts = [0, *(at + 1 for at, (one, following) in enumerate(pairwise(columns)) if following != one + 1), len(columns)]
    return (slice(columns[start], columns[end - 1] + 1) for start, end in pairwise(cuts))


def _scaler(scale: str, seed: int) -> Any:
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import QuantileTransformer, StandardScaler

    if scale == "standard":
        return StandardScaler()
    # uniform, then centred: as good as normal distributions here, at a fourth of the price
    return make_pipeline(QuantileTransformer(n_quantiles=QUANTILES, random_state=seed), StandardScaler())


def _encoder(encoding: str, seed: int) -> Any:
    import numpy as np
    from sklearn.model_selection import KFold
    from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, TargetEncoder

    if encoding == "ordinal":
        return OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1, dtype=np.float32)
    if encoding == "one_hot":
        return OneHotEncoder(
            handle_unknown="infrequent_if_exist",
            min_frequency=MIN_ROWS_OF_A_CODE,
            max_categories=MAX_COLUMNS_OF_A_CODE,
            sparse_output=False,  # trees are several times slower on sparse rows
            dtype=np.float32,
        )
    # in folds, so that no training row is encoded by its own label
    return TargetEncoder(cv=KFold(TARGET_FOLDS, shuffle=True, random_state=seed))
