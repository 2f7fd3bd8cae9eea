"""The prepared rows in memory: all of them in their order, or a sample of whole accounts."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from labeler.errors import InputInvalidError
from labeler.experiment.data import sources
from labeler.experiment.data.dataset import Dataset, account_share, load_dataset
from labeler.experiment.data.engines import local_engine
from labeler.experiment.data.prepare import prepare
from labeler.experiment.data.sources import open_source
from labeler.experiment.files import ExperimentFiles
from labeler.experiment.records import DatasetInfo
from labeler.settings import DEFAULT_TASK
from labeler_local.synthetic import generate_with_ground_truth, write_statements

ALL = 10**9


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> ExperimentFiles:
    directory = tmp_path_factory.mktemp("dataset")
    write_statements(directory / "in", generate_with_ground_truth(accounts=40, seed=2, with_labels=True))
    files = ExperimentFiles(directory / "experiment")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(sources, "BLOCK_FILES", 6)
        prepare(files, open_source(str(directory / "in")), task=DEFAULT_TASK, engine=local_engine(1))
    return files


def whole(files: ExperimentFiles) -> pa.Table:
    parts = sorted(files.prepared.glob("*.parquet"))
    return pa.concat_tables(pq.ParquetFile(part).read() for part in parts)


def texts(dataset: Dataset) -> tuple[list[str], list[str]]:
    return [dataset.categories[code] for code in dataset.label], [dataset.accounts[code] for code in dataset.account]


def test_dataset_has_all_rows_in_the_order_of_their_files(files: ExperimentFiles) -> None:
    rows = whole(files)

    dataset = load_dataset(files, max_rows=ALL)

    assert texts(dataset) == (rows.column("label").to_pylist(), rows.column("account").to_pylist())
    assert dataset.time.tolist() == rows.column("time").to_pylist()
    for position, name in enumerate(dataset.info.feature_names):
        assert np.array_equal(dataset.matrix[:, position], rows.column(name).to_numpy())
    assert (dataset.matrix.dtype, dataset.matrix.flags.c_contiguous) == (np.float32, True)
    assert list(dataset.categories) == sorted(set(rows.column("label").to_pylist()))
    assert list(dataset.accounts) == sorted(set(rows.column("account").to_pylist()))
    keys = list(zip(rows.column("file_key").to_pylist(), rows.column("row_number").to_pylist(), strict=True))
    assert keys == sorted(keys)


@pytest.mark.parametrize("share", [0.05, 0.3, 0.9])
def test_sample_keeps_whole_accounts_within_max_rows(files: ExperimentFiles, share: float) -> None:
    dataset = load_dataset(files, max_rows=ALL)
    max_rows = int(len(dataset) * share)
    rows_of = dict(zip(*np.unique(texts(dataset)[1], return_counts=True), strict=True))

    sample = load_dataset(files, max_rows=max_rows)

    sampled = dict(zip(*np.unique(texts(sample)[1], return_counts=True), strict=True))
    assert sampled == {account: rows_of[account] for account in sampled}
    assert max_rows - max(rows_of.values()) < len(sample) <= max_rows
    assert len(sample.matrix) == len(sample.label) == len(sample.time) == len(sample)


def test_smaller_sample_is_a_subset_of_a_larger_one(files: ExperimentFiles) -> None:
    small, large = (load_dataset(files, max_rows=rows) for rows in (2000, 4000))

    assert set(small.accounts) < set(large.accounts)


def test_max_rows_below_the_smallest_account_is_refused(files: ExperimentFiles) -> None:
    with pytest.raises(InputInvalidError, match="no labeled rows are left"):
        load_dataset(files, max_rows=1)


def test_account_shares_under_two_salts_are_independent() -> None:
    """A sample of the accounts holds as many unseen ones as all of them do."""
    accounts = [f"4,53E+{number:02}-2013{number % 12:02}" for number in range(20_000)]
    first, second = (account_share(accounts, salt) for salt in ("sample", "20191"))

    assert 0 <= first.min() < 0.01
    assert 0.99 < first.max() < 1
    assert abs(np.corrcoef(first, second)[0, 1]) < 0.03
    for low in np.linspace(0, 0.9, 10):
        inside = (first >= low) & (first < low + 0.1)
        assert abs((second[inside] < 0.2).mean() - 0.2) < 0.04


def test_account_share_of_a_known_id_never_changes() -> None:
    """Another hash would evaluate a champion on accounts that it was trained on."""
    assert account_share(["4,53E+11-201301"], "20191").tolist() == pytest.approx([0.31371752396215])


def test_parts_that_do_not_match_dataset_json_are_refused(files: ExperimentFiles, tmp_path: Path) -> None:
    info = DatasetInfo.model_validate_json(files.dataset.read_bytes())
    copy = ExperimentFiles(tmp_path)
    copy.prepared.mkdir()

    def written(info: DatasetInfo) -> ExperimentFiles:
        for part in info.parts:
            (copy.prepared / part).write_bytes((files.prepared / part).read_bytes())
        copy.dataset.write_text(info.model_dump_json())
        return copy

    assert len(load_dataset(written(info), max_rows=ALL)) == info.rows
    for wrong in (
        {"rows": info.rows + 1},
        {"rows": info.rows - 1},
        {"feature_names": (*info.feature_names, "another")},
        {"parts": info.parts[:-1]},
    ):
        with pytest.raises(InputInvalidError, match=r"has (more|fewer) rows than|lacks columns"):
            load_dataset(written(info.model_copy(update=wrong)), max_rows=ALL)
    written(info)
    (copy.prepared / info.parts[0]).write_bytes(b"PAR1")
    with pytest.raises(InputInvalidError, match="can't be read"):
        load_dataset(copy, max_rows=ALL)
    (copy.prepared / info.parts[0]).unlink()
    with pytest.raises(InputInvalidError, match="can't be read"):
        load_dataset(copy, max_rows=ALL)
