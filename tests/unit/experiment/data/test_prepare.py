"""Labeled files become the same bytes each time, and nothing half made is taken for whole."""

import hashlib
import itertools
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from labeler.errors import InputInvalidError, SettingsError
from labeler.experiment.data import sources
from labeler.experiment.data.dataset import OWN_COLUMNS
from labeler.experiment.data.parts import Job, PartDone, PartWriter, part_table
from labeler.experiment.data.prepare import local_engine, prepare
from labeler.experiment.data.sources import open_source
from labeler.experiment.files import ExperimentFiles, read_record
from labeler.experiment.records import DatasetInfo
from labeler.settings import DEFAULT_TASK
from labeler.task import RawFile, Reading
from labeler.transactions import task
from labeler_local.synthetic import REJECTABLE, generate_with_ground_truth, write_statements

LOCAL = local_engine(1)


@pytest.fixture
def statements(tmp_path: Path) -> Path:
    made = generate_with_ground_truth(accounts=30, seed=5, with_labels=True, corruption=REJECTABLE)
    write_statements(tmp_path / "in", made)
    return tmp_path / "in"


def prepared(statements: Path, directory: Path, **options: Any) -> tuple[DatasetInfo, dict[str, bytes]]:
    files = ExperimentFiles(directory)
    wanted = {"task": DEFAULT_TASK, "engine": LOCAL, **options}
    info = prepare(files, open_source(str(statements)), **wanted)
    assert read_record(DatasetInfo, files.dataset, step="prepare") == info
    return info, {path.name: path.read_bytes() for path in files.prepared.iterdir()}


def rows_of(directory: Path, info: DatasetInfo) -> pa.Table:
    parts = [pq.ParquetFile(directory / "prepared" / name).read() for name in info.parts]
    return pa.concat_tables(parts).unify_dictionaries()


def test_rows_features_and_labels_are_those_of_the_task(statements: Path, tmp_path: Path) -> None:
    raw = [RawFile(path.name, path.read_bytes()) for path in sorted(statements.iterdir())]
    reading = task.read(raw, with_labels=True)
    matrix = task.features(reading.table, task.parse_reference(task.default_reference()))

    info, _ = prepared(statements, tmp_path / "out")

    rows = rows_of(tmp_path / "out", info)
    assert rows.column_names == [*task.feature_names, *OWN_COLUMNS]
    assert np.array_equal(np.column_stack([rows.column(name).to_numpy() for name in task.feature_names]), matrix)
    assert rows.column("label").to_pylist() == reading.labels.to_pylist()  # type: ignore[union-attr]
    assert rows.column("account").to_pylist() == reading.identity["account_id"].to_pylist()
    assert rows.column("file_key").to_pylist() == [raw[index].key for index in reading.file_index]
    assert rows.column("row_number").to_pylist() == reading.row_number.tolist()
    assert info.rows == len(rows) == len(reading.file_index)
    assert info.rows_rejected == sum(reject.rows for reject in reading.rejects) > 0
    assert (info.files, info.accounts) == (30, len(set(rows.column("account").to_pylist())))
    assert (info.features_digest, info.feature_names) == (task.features_digest(), task.feature_names)


def test_the_same_files_give_the_same_bytes_in_one_process_or_two(
    statements: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources, "BLOCK_FILES", 7)
    info, files = prepared(statements, tmp_path / "one")
    _, again = prepared(statements, tmp_path / "two", engine=local_engine(2))

    assert again == files
    assert len(info.parts) == 5


def test_blocks_change_no_row(statements: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole, _ = prepared(statements, tmp_path / "whole")
    monkeypatch.setattr(sources, "BLOCK_FILES", 7)
    cut, _ = prepared(statements, tmp_path / "cut")

    assert rows_of(tmp_path / "cut", cut).to_pylist() == rows_of(tmp_path / "whole", whole).to_pylist()
    assert cut.model_copy(update={"parts": whole.parts}) == whole


def test_the_digest_of_the_files_follows_every_byte_and_every_name(statements: Path, tmp_path: Path) -> None:
    digests = [prepared(statements, tmp_path / "out")[0].statements_sha256]
    first = min(statements.iterdir())
    first.write_bytes(first.read_bytes() + b"\r\n")
    digests.append(prepared(statements, tmp_path / "out")[0].statements_sha256)
    first.rename(first.with_name("account-0000000-x.csv"))  # in the same place among the others
    digests.append(prepared(statements, tmp_path / "out")[0].statements_sha256)

    assert len(set(digests)) == 3


def test_a_part_that_is_made_twice_at_once_is_the_same(statements: Path, tmp_path: Path) -> None:
    """As by a retried or a speculative task of Spark."""
    _, files = prepared(statements, tmp_path / "out")
    source = open_source(str(statements))
    (tmp_path / "again").mkdir()
    writer = PartWriter(source, DEFAULT_TASK, task.default_reference(), tmp_path / "again")
    job = Job(0, list(source.entries()))

    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(writer, [job] * 8))

    assert len(set(done)) == 1
    assert {path.name: path.read_bytes() for path in (tmp_path / "again").iterdir()} == {
        "part-000000.parquet": files["part-000000.parquet"]
    }


def test_parts_of_an_earlier_time_are_gone(statements: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as smaller:
        smaller.setattr(sources, "BLOCK_FILES", 7)
        prepared(statements, tmp_path / "out")
    (tmp_path / "out/prepared/.part-abc").write_bytes(b"of a killed process")

    info, files = prepared(statements, tmp_path / "out")

    assert set(files) == {"dataset.json", *info.parts}
    assert len(info.parts) == 1


def test_a_killed_prepare_leaves_nothing_that_looks_whole(
    statements: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources, "BLOCK_FILES", 7)
    prepared(statements, tmp_path / "out")

    def killed(writer: PartWriter, jobs: Iterable[Job]) -> Iterator[tuple[Job, PartDone]]:
        yield from itertools.islice(LOCAL(writer, jobs), 2)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        prepared(statements, tmp_path / "out", engine=killed)

    assert sorted(path.name for path in (tmp_path / "out/prepared").iterdir()) == [
        "part-000000.parquet",
        "part-000001.parquet",
    ]
    with pytest.raises(InputInvalidError, match=r"dataset\.json does not exist"):
        read_record(DatasetInfo, tmp_path / "out/prepared/dataset.json", step="prepare")


def test_the_reference_data_is_named_and_can_be_another(statements: Path, tmp_path: Path) -> None:
    own = task.default_reference()
    other = own.replace(b'"version": "', b'"version": "other-')

    info, _ = prepared(statements, tmp_path / "out")
    changed, _ = prepared(statements, tmp_path / "out", reference=other)

    assert info.reference_sha256 == hashlib.sha256(own).hexdigest()
    assert changed.reference_version == f"other-{info.reference_version}"
    assert changed.reference_sha256 != info.reference_sha256


def test_no_row_to_learn_from_is_said(tmp_path: Path) -> None:
    write_statements(tmp_path / "in", generate_with_ground_truth(accounts=2, seed=1, with_labels=False))

    with pytest.raises(InputInvalidError, match=r"2 files of .* have no labeled row"):
        prepared(tmp_path / "in", tmp_path / "out")
    assert not (tmp_path / "out/prepared/dataset.json").exists()


class Unlabeled:
    name = "toy"
    identity_columns: tuple[str, ...] = ("owner",)
    feature_names = ("number",)


def reading_of(numbers: list[int], rows: list[int], **told: Any) -> Reading:
    return Reading(
        table=None,
        file_index=np.array(numbers, np.int32),
        row_number=np.array(rows, np.int32),
        identity={"owner": pa.array([f"owner {number}" for number in numbers])},
        **told,
    )


def test_a_task_that_reads_in_another_order_gives_rows_by_file_and_number() -> None:
    label = pa.array(["x", "y", "x"]).dictionary_encode()
    reading = reading_of([1, 0, 1], [2, 1, 1], labels=label, time=np.array([3, 1, 2]))
    matrix = np.array([[12.0], [1.0], [11.0]], np.float32)

    table = part_table(Unlabeled(), ["a", "b"], reading, matrix)  # type: ignore[arg-type]

    assert table.to_pydict() == {
        "number": [1.0, 11.0, 12.0],
        "label": ["y", "x", "x"],
        "account": ["owner 0", "owner 1", "owner 1"],
        "file_key": ["a", "b", "b"],
        "row_number": [1, 1, 2],
        "time": [1, 2, 3],
    }


def test_values_that_only_rejected_rows_had_are_not_kept() -> None:
    label = pa.DictionaryArray.from_arrays(pa.array([2, 1], pa.int32()), ["of a rejected row", "y", "x"])
    reading = reading_of([0, 0], [1, 3], labels=label, time=np.array([1, 2]))

    table = part_table(Unlabeled(), ["a"], reading, np.zeros((2, 1), np.float32))  # type: ignore[arg-type]

    assert table.column("label").combine_chunks().dictionary.to_pylist() == ["x", "y"]


def test_a_task_without_labels_or_accounts_is_told_so() -> None:
    toy: Any = Unlabeled()
    with pytest.raises(InputInvalidError, match="no labels or no times"):
        part_table(toy, ["a"], reading_of([0], [1]), np.zeros((1, 1), np.float32))
    toy.identity_columns = ()
    label = pa.array(["x"]).dictionary_encode()
    with pytest.raises(SettingsError, match="no identity column"):
        part_table(toy, ["a"], reading_of([0], [1], labels=label, time=np.array([1])), np.zeros((1, 1), np.float32))
