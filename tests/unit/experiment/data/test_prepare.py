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

from labeler.errors import InputInvalidError
from labeler.experiment.data import sources
from labeler.experiment.data.dataset import METADATA_COLUMNS
from labeler.experiment.data.engines import local_engine
from labeler.experiment.data.parts import Job, PartSummary, PartWriter
from labeler.experiment.data.prepare import prepare
from labeler.experiment.data.sources import open_source
from labeler.experiment.files import ExperimentFiles, read_record
from labeler.experiment.records import DatasetInfo
from labeler.settings import DEFAULT_TASK
from labeler.task import RawFile
from labeler.transactions import task
from labeler_local.synthetic import REJECTABLE, generate_with_ground_truth, write_statements

LOCAL = local_engine(1)


@pytest.fixture
def statements(tmp_path: Path) -> Path:
    generated = generate_with_ground_truth(accounts=30, seed=5, with_labels=True, corruption=REJECTABLE)
    write_statements(tmp_path / "in", generated)
    return tmp_path / "in"


def prepared(statements: Path, directory: Path, **options: Any) -> tuple[DatasetInfo, dict[str, bytes]]:
    files = ExperimentFiles(directory)
    info = prepare(files, open_source(str(statements)), **{"task": DEFAULT_TASK, "engine": LOCAL, **options})
    assert read_record(DatasetInfo, files.dataset, step="prepare") == info
    return info, {path.name: path.read_bytes() for path in files.prepared.iterdir()}


def rows_of(directory: Path, info: DatasetInfo) -> pa.Table:
    parts = [pq.ParquetFile(directory / "prepared" / name).read() for name in info.parts]
    return pa.concat_tables(parts).unify_dictionaries()


def test_prepared_rows_equal_what_the_task_reads(statements: Path, tmp_path: Path) -> None:
    raw = [RawFile(path.name, path.read_bytes()) for path in sorted(statements.iterdir())]
    reading = task.read(raw, with_labels=True)
    matrix = task.features(reading.table, task.parse_reference(task.default_reference()))

    info, _ = prepared(statements, tmp_path / "out")

    rows = rows_of(tmp_path / "out", info)
    assert rows.column_names == [*task.feature_names, *METADATA_COLUMNS]
    assert np.array_equal(np.column_stack([rows.column(name).to_numpy() for name in task.feature_names]), matrix)
    assert rows.column("label").to_pylist() == reading.labels.to_pylist()  # type: ignore[union-attr]
    assert rows.column("account").to_pylist() == reading.identity["account_id"].to_pylist()
    assert rows.column("file_key").to_pylist() == [raw[index].key for index in reading.file_index]
    assert rows.column("row_number").to_pylist() == reading.row_number.tolist()
    assert info.rows == len(rows) == len(reading.file_index)
    assert info.rows_rejected == sum(reject.rows for reject in reading.rejects) > 0
    assert (info.files, info.accounts) == (30, len(set(rows.column("account").to_pylist())))
    assert (info.features_digest, info.feature_names) == (task.features_digest(), task.feature_names)


def test_same_files_give_the_same_bytes_in_one_process_or_two(
    statements: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources, "BLOCK_FILES", 7)
    info, files = prepared(statements, tmp_path / "one")
    _, again = prepared(statements, tmp_path / "two", engine=local_engine(2))

    assert again == files
    assert len(info.parts) == 5


def test_block_size_changes_no_row(statements: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole, _ = prepared(statements, tmp_path / "whole")
    monkeypatch.setattr(sources, "BLOCK_FILES", 7)
    cut, _ = prepared(statements, tmp_path / "cut")

    assert rows_of(tmp_path / "cut", cut).to_pylist() == rows_of(tmp_path / "whole", whole).to_pylist()
    assert cut.model_copy(update={"parts": whole.parts}) == whole


def test_statements_digest_depends_on_every_byte_and_name(statements: Path, tmp_path: Path) -> None:
    digests = [prepared(statements, tmp_path / "out")[0].statements_sha256]
    first = min(statements.iterdir())
    first.write_bytes(first.read_bytes() + b"\r\n")
    digests.append(prepared(statements, tmp_path / "out")[0].statements_sha256)
    first.rename(first.with_name("account-0000000-x.csv"))  # in the same place among the others
    digests.append(prepared(statements, tmp_path / "out")[0].statements_sha256)

    assert len(set(digests)) == 3


def test_part_written_concurrently_has_the_same_bytes(statements: Path, tmp_path: Path) -> None:
    """As by a retried or a speculative task of Spark."""
    _, files = prepared(statements, tmp_path / "out")
    source = open_source(str(statements))
    (tmp_path / "again").mkdir()
    writer = PartWriter(source, DEFAULT_TASK, task.default_reference(), tmp_path / "again")
    job = Job(0, list(source.entries()))

    with ThreadPoolExecutor(4) as pool:
        summaries = list(pool.map(writer, [job] * 8))

    assert len(set(summaries)) == 1
    assert {path.name: path.read_bytes() for path in (tmp_path / "again").iterdir()} == {
        "part-000000.parquet": files["part-000000.parquet"]
    }


def test_prepare_deletes_parts_of_an_earlier_call(
    statements: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as smaller:
        smaller.setattr(sources, "BLOCK_FILES", 7)
        prepared(statements, tmp_path / "out")
    (tmp_path / "out/prepared/.part-abc").write_bytes(b"of a killed process")

    info, files = prepared(statements, tmp_path / "out")

    assert set(files) == {"dataset.json", *info.parts}
    assert len(info.parts) == 1


def test_killed_prepare_leaves_no_dataset_json(
    statements: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources, "BLOCK_FILES", 7)
    prepared(statements, tmp_path / "out")

    def killed(writer: PartWriter, jobs: Iterable[Job]) -> Iterator[tuple[Job, PartSummary]]:
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


def test_reference_data_can_be_replaced_and_is_recorded(statements: Path, tmp_path: Path) -> None:
    own = task.default_reference()
    other = own.replace(b'"version": "', b'"version": "other-')

    info, _ = prepared(statements, tmp_path / "out")
    changed, _ = prepared(statements, tmp_path / "out", reference=other)

    assert info.reference_sha256 == hashlib.sha256(own).hexdigest()
    assert changed.reference_version == f"other-{info.reference_version}"
    assert changed.reference_sha256 != info.reference_sha256


def test_files_without_labeled_rows_are_refused(tmp_path: Path) -> None:
    write_statements(tmp_path / "in", generate_with_ground_truth(accounts=2, seed=1, with_labels=False))

    with pytest.raises(InputInvalidError, match=r"2 files of .* have no labeled row"):
        prepared(tmp_path / "in", tmp_path / "out")
    assert not (tmp_path / "out/prepared/dataset.json").exists()
