"""The rows of the toys, by the part of the split that they belong to."""

import numpy as np

from labeler.experiment.data.dataset import load_dataset
from labeler.experiment.data.split import split_rows
from tests.integration.experiment.planned import params
from tests.integration.experiment.toy_experiment import ToyExperiment


def rows(toys: ToyExperiment) -> dict[str, tuple[np.ndarray, list[str]]]:
    """(matrix, ground_truth) of each part."""
    dataset = load_dataset(toys.files, max_rows=10_000)
    split, ground_truth = split_rows(dataset, params().split), np.array(dataset.categories)[dataset.label]
    parts = {name: getattr(split, name) for name in ("train", "later", "unseen")}
    return {name: (dataset.matrix[part], ground_truth[part].tolist()) for name, part in parts.items()}
