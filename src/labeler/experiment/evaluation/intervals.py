"""How sure a difference between two models is: a paired bootstrap over accounts (pure).

Rows of one account are alike, so accounts are drawn, not rows: each sample takes as many accounts as there are, with
replacement, the same for every model. It works on counts for each account, so a million rows cost what their accounts
do. The interval is the difference plus and minus Student's t (accounts - 1 degrees of freedom) times the bootstrap's
standard error. Quantiles of the samples would be too narrow for few accounts, because they can't leave the range of
what was seen: with two accounts they hold half of the time, this one nineteen times in twenty, by being wide.
"""

from dataclasses import dataclass

import numpy as np

from labeler.experiment.scores import Comparison, Interval

CHUNK_DRAWS = 4_000_000
"""Accounts drawn at once: bounds the memory."""


@dataclass(frozen=True, slots=True)
class Resamples:
    """One model's scores on the rows, and on each bootstrap sample of their accounts."""

    accounts: int
    accuracy: float
    macro_f1: float
    accuracies: np.ndarray
    """float64 (samples,)"""
    macro_f1s: np.ndarray


def account_counts(predicted: np.ndarray, ground_truth: np.ndarray, account: np.ndarray, categories: int) -> np.ndarray:
    """float64 (accounts that occur, 3, categories): rows rightly predicted, predicted, and truly of each category.

    `predicted`, `ground_truth`: int (n,) codes below `categories`; `account`: int (n,).
    """
    _, position = np.unique(account, return_inverse=True)
    size = (int(position.max()) + 1) * categories
    cells = (
        np.bincount(position * categories + ground_truth, weights=predicted == ground_truth, minlength=size),
        np.bincount(position * categories + predicted, minlength=size),
        np.bincount(position * categories + ground_truth, minlength=size),
    )
    return np.stack([cell.reshape(-1, categories).astype(np.float64) for cell in cells], axis=1)


def resample(counts: np.ndarray, *, samples: int, seed: int) -> Resamples:
    """`counts` as `account_counts` gives them. The same accounts and seed draw the same samples for every model."""
    accounts, flat = len(counts), counts.reshape(len(counts), -1)
    draw = np.random.default_rng(seed)
    chunks = []
    for start in range(0, samples, step := max(1, CHUNK_DRAWS // accounts)):
        size = min(step, samples - start)
        drawn = draw.integers(0, accounts, (size, accounts)) + accounts * np.arange(size)[:, None]
        times = np.bincount(drawn.ravel(), minlength=size * accounts).reshape(size, accounts)
        chunks.append(_scores((times.astype(np.float64) @ flat).reshape(size, *counts.shape[1:])))
    accuracy, macro_f1 = _scores(counts.sum(axis=0))
    accuracies, macro_f1s = (np.concatenate(column) for column in zip(*chunks, strict=True))
    return Resamples(accounts, float(accuracy), float(macro_f1), accuracies, macro_f1s)


def compare(model: Resamples, other: Resamples, *, level: float) -> Comparison:
    """The model minus the other; both resampled with the same accounts, number of samples and seed.

    A single account says nothing of others: the interval is then all that a difference of shares can be.
    """
    return Comparison(
        accuracy=_interval(model.accuracy - other.accuracy, model.accuracies - other.accuracies, model.accounts, level),
        macro_f1=_interval(model.macro_f1 - other.macro_f1, model.macro_f1s - other.macro_f1s, model.accounts, level),
    )


def _interval(difference: float, differences: np.ndarray, accounts: int, level: float) -> Interval:
    from scipy.special import stdtrit

    if accounts < 2:
        return Interval(difference=difference, low=-1.0, high=1.0)
    # drawing from n accounts with replacement spreads less than n new accounts would
    error = float(differences.std()) * (accounts / (accounts - 1)) ** 0.5
    reach = float(stdtrit(accounts - 1, (1 + level) / 2)) * error
    return Interval(difference=difference, low=max(-1.0, difference - reach), high=min(1.0, difference + reach))


def _scores(counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(..., 3, categories) -> accuracy (...,), macro-F1 (...,) over the categories that occur."""
    right, predicted, true = counts[..., 0, :], counts[..., 1, :], counts[..., 2, :]
    is_occurring = true > 0
    f1 = 2 * right / np.maximum(predicted + true, 1)
    macro_f1 = np.where(is_occurring, f1, 0).sum(axis=-1) / is_occurring.sum(axis=-1)
    return right.sum(axis=-1) / true.sum(axis=-1), macro_f1
