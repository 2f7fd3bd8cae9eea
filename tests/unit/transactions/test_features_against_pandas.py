"""The vectorised features against the same contract written again in plain pandas, one file at a time."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks.pandas_features import pandas_features, read
from labeler.task import RawFile
from labeler.transactions import task
from labeler.transactions.contract import FEATURE_NAMES
from labeler_local.synthetic import Corruption, FileDamage, generate

REAL = Path(__file__).parents[4] / "shared" / "data" / "statements"


def compare(files: list[RawFile]) -> None:
    reference = task.parse_reference(task.default_reference())
    matrix = task.features(task.read(files).table, reference)
    expected = np.concatenate([pandas_features(read(file.body), reference).to_numpy() for file in files])
    assert matrix.shape == expected.shape
    for position, name in enumerate(FEATURE_NAMES):
        np.testing.assert_allclose(matrix[:, position], expected[:, position], rtol=1e-5, atol=1e-4, err_msg=name)


def test_features_equal_pandas_features_on_synthetic_statements() -> None:
    corruption = Corruption(odd_files=0.3, odd_file_kinds=(FileDamage.SEVERAL_ACCOUNTS, FileDamage.REORDERED))
    compare([RawFile(*file) for file in generate(accounts=20, seed=13, with_labels=False, corruption=corruption)])


@pytest.mark.skipif(not REAL.is_dir(), reason="the real statements are not part of the project")
def test_features_equal_pandas_features_on_real_statements() -> None:
    compare([RawFile(path.name, path.read_bytes()) for path in sorted(REAL.glob("*.csv"))])
