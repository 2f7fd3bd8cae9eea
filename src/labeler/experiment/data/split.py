"""Which rows a model is trained on and which it is evaluated on: never a random split of rows, which would leak accounts."""

from dataclasses import dataclass

import numpy as np

from labeler.errors import InputInvalidError
from labeler.experiment.data.dataset import Dataset, account_share
from labeler.experiment.params import SplitRule


@dataclass(frozen=True, slots=True)
class Split:
    """bool (n,) each; disjoint, together all rows."""

    train: np.ndarray
    later: np.ndarray
    """Later rows of accounts that the model knows."""
    unseen: np.ndarray
    """All rows of accounts that it does not."""


def split_rows(dataset: Dataset, rule: SplitRule) -> Split:
    """Raises InputInvalidError when there is nothing to train on or to evaluate on."""
    is_unseen_account = account_share(list(dataset.accounts), str(rule.seed)) < rule.unseen_share
    unseen = is_unseen_account[dataset.account]
    later = later_rows(dataset.account, dataset.time, rule.later_share) & ~unseen
    train = ~unseen & ~later
    if len(np.unique(dataset.label[train])) < 2:
        raise InputInvalidError("the rows to train on have fewer than two categories", hint="give more labeled files")
    if not later.any():
        raise InputInvalidError(
            "the labeled rows have no later part to evaluate on", hint="give labeled files of several days"
        )
    return Split(train, later, unseen)


def later_rows(account: np.ndarray, time: np.ndarray, share: float) -> np.ndarray:
    """bool (n,): of each account's rows the last ones by time, at most `share` of them.

    Rows of one time are kept together, as earlier ones.
    """
    order = np.lexsort((time, account))
    starts = np.flatnonzero(np.diff(account[order], prepend=-1))
    sizes = np.diff(starts, append=len(order))
    last_earlier = starts + sizes - 1 - (sizes * share).astype(np.int64)
    is_later = np.zeros(len(order), dtype=bool)
    is_later[order] = time[order] > np.repeat(time[order][last_earlier], sizes)
    return is_later
