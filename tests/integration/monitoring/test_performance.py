"""True labels that come later: joined on account, file key and row number."""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from labeler import layout
from labeler.errors import InputInvalidError, RunConflictError, RunNotFoundError
from labeler.messages import OutputObject
from labeler.monitoring.ground_truth import open_ground_truth
from labeler.monitoring.performance import measure_performance
from labeler.monitoring.reports import PerformanceReport
from labeler.published import PublishedGeneration
from labeler.storage import find_message
from labeler.task import RawFile
from labeler.transactions import task
from labeler_local.synthetic import Corruption, generate
from tests.integration.monitoring.month import FIRST, Month

NOW = datetime(2026, 4, 1, tzinfo=UTC)
ACCOUNTS = 12


def labeled_files() -> dict[str, bytes]:
    return dict(generate(accounts=ACCOUNTS, seed=3, with_labels=True, corruption=Corruption(bad_rows=0.02)))


def publish(month: Month, *, wrong: Callable[[int], bool]) -> tuple[str, int]:
    """A run whose labels are the true ones but for the rows, counted through, that `wrong` names. (run id, labels)"""
    run_id = month.publish_files(0, [RawFile("a", b"")])
    files = labeled_files()
    names = list(files)
    objects, total = [], 0
    for unit_id, part in enumerate((names[:7], names[7:]), 1):
        body, rows = unit_labels({f"landing/{FIRST}/{name}": files[name] for name in part}, total, wrong)
        total += rows
        sha256 = hashlib.sha256(body).hexdigest()
        key = layout.output_key(layout.LABELS, FIRST, run_id, unit_id, sha256)
        month.stack.labels.put(key, body)
        objects.append(OutputObject(key=key, sha256=sha256, size_bytes=len(body), rows=rows))
    generation = find_message(month.stack.runs, layout.generation_key(run_id, 1), PublishedGeneration)
    assert generation is not None
    published = generation.model_copy(update={"labels": tuple(objects)})
    month.stack.runs.put(layout.generation_key(run_id, 1), published.to_json().encode())
    return run_id, total


def unit_labels(files: dict[str, bytes], first: int, wrong: Callable[[int], bool]) -> tuple[bytes, int]:
    reading = task.read([RawFile(key, body) for key, body in files.items()], with_labels=True)
    assert reading.labels is not None
    keys, true = list(files), reading.labels.cast(pa.string()).to_pylist()
    other = {name: task.categories[(number + 1) % 22] for number, name in enumerate(task.categories)}
    labels = [other[label] if wrong(first + row) else label for row, label in enumerate(true)]
    table = pa.table(
        {
            "account_id": reading.identity["account_id"].cast(pa.string()).dictionary_encode(),
            "file_key": pa.array([keys[index] for index in reading.file_index.tolist()]).dictionary_encode(),
            "row_number": pa.array(reading.row_number),
            "label": pa.array(labels).dictionary_encode(),
            "confidence": pa.array([0.75] * len(labels), pa.float32()),
            "second_label": pa.array(true).dictionary_encode(),
        }
    )
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink)
    return sink.getvalue().to_pybytes(), len(labels)


def measured(month: Month, run_id: str, location: str) -> PerformanceReport:
    return measure_performance(
        run_id,
        ground_truth=open_ground_truth(location, month.stack.aws),
        task=task,
        runs=month.stack.runs,
        labels=month.stack.labels,
        now=NOW,
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    labeled = tmp_path / "labeled"
    labeled.mkdir()
    for name, body in labeled_files().items():
        (labeled / name).write_bytes(body)
    return labeled


def test_each_label_is_compared_with_the_true_label_of_its_own_row(month: Month, folder: Path) -> None:
    run_id, rows = publish(month, wrong=lambda row: row % 10 == 0)
    report = measured(month, run_id, str(folder))
    wrong = -(-rows // 10)
    assert (report.rows_known, report.rows_unmatched) == (rows, 0)
    assert report.accuracy == pytest.approx((rows - wrong) / rows)
    assert report.second_accuracy == 1, "the second label is always the true one in this test"
    assert report.mean_confidence == pytest.approx(0.75)
    assert sum(one.rows for one in report.categories) == rows
    assert 0 < report.macro_f1 < 1
    assert find_message(month.stack.runs, layout.performance_key(run_id), PerformanceReport) == report


def test_performance_counts_only_files_with_true_labels(month: Month) -> None:
    run_id, rows = publish(month, wrong=lambda _: False)
    some = dict(list(labeled_files().items())[:3])
    for name, body in some.items():
        month.stack.raw.put(f"truth/{name}", body)
    report = measured(month, run_id, f"s3://{month.stack.raw.name}/truth/")
    assert 0 < report.rows_known < rows
    assert (report.accuracy, report.macro_f1) == (1.0, 1.0)


def test_true_labels_that_match_no_row_are_refused(month: Month, tmp_path: Path) -> None:
    run_id, _ = publish(month, wrong=lambda _: False)
    (tmp_path / "somebody-else.csv").write_bytes(b"x")
    with pytest.raises(InputInvalidError, match="none of the true labels"):
        measured(month, run_id, str(tmp_path))
    with pytest.raises(InputInvalidError, match="no folder"):
        open_ground_truth(str(tmp_path / "nowhere"), month.stack.aws)
    with pytest.raises(RunNotFoundError, match="there is no run"):
        measured(month, "daily-2026-12-12", str(tmp_path))
    month.stack.runs.put(layout.index_key("daily-2026-12-12"), b"{}")
    with pytest.raises(RunConflictError, match="not published yet"):
        measured(month, "daily-2026-12-12", str(tmp_path))
