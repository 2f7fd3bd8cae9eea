"""The pipeline labels something else than card transactions when it is given another task: docs/own-task.md."""

import io
import json
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq
import pytest

from labeler import layout
from labeler.experiment.training.first_model import train_first_model
from labeler.messages import RunState
from labeler.models.promotion import PromotionRequest, promote
from labeler.published import RunSummary
from labeler.settings import ExperimentSettings
from labeler.task import FileReason, LabelingTask, RawFile, load_task
from labeler_local.emulator.functions import MANIFEST
from tests.integration.own_task.sensors import CATEGORIES, RowReason, task

if TYPE_CHECKING:
    from labeler_local.emulator.stack import LocalStack

ADDRESS = "tests.integration.own_task.sensors:task"
ROOT = Path(__file__).resolve().parents[3]
DAY = date(2026, 11, 23)


def day_of_a_sensor(name: str, *, warm_at: int, with_labels: bool = False) -> bytes:
    """One reading an hour; from `warm_at` on the machine is too hot."""
    rows = []
    for hour in range(24):
        is_hot = hour >= warm_at
        row: dict[str, Any] = {"sensor": name, "at": f"2026-11-23T{hour:02d}:00:00Z"}
        row["celsius"] = (91.0 if is_hot else 45.0) + hour % 5
        rows.append(row | ({"label": CATEGORIES[is_hot]} if with_labels else {}))
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def daily_files() -> dict[str, bytes]:
    broken = day_of_a_sensor("pump-9", warm_at=12).decode().splitlines()
    broken[3] = broken[3].removesuffix("}")
    broken[7] = json.dumps({"sensor": "pump-9", "at": "2026-11-23T07:00:00Z"})
    return {
        **{f"pump-{n}.jsonl": day_of_a_sensor(f"pump-{n}", warm_at=6 + n) for n in range(9)},
        "pump-9.jsonl": "\n".join(broken).encode(),
        "empty.jsonl": b"",
        "photo.jsonl": b"\xff\xd8\xff\xe0 no text\n",
    }


def test_good_rows_of_a_file_with_bad_rows_are_kept() -> None:
    files = [RawFile(key, body) for key, body in sorted(daily_files().items())]

    reading = task.read(files)

    assert isinstance(task, LabelingTask)
    assert reading.rows_in == 10 * 24 + 1
    assert [(files[r.file].key, r.row_number, r.column, str(r.reason)) for r in reading.rejects] == [
        ("empty.jsonl", None, None, FileReason.EMPTY),
        ("photo.jsonl", None, None, FileReason.NOT_DECODABLE),
        ("pump-9.jsonl", 4, None, RowReason.NOT_JSON),
        ("pump-9.jsonl", 8, "celsius", RowReason.MISSING),
    ]


def test_features_of_a_row_depend_only_on_its_own_file() -> None:
    files = [RawFile(key, body) for key, body in daily_files().items()]
    reference = task.parse_reference(task.default_reference())

    together = task.features(task.read(files).table, reference)
    apart = [task.features(task.read([file]).table, reference) for file in files]

    assert together.tolist() == [row for matrix in apart for row in matrix.tolist()]
    assert together.shape[1] == len(task.feature_names)


@pytest.mark.filterwarnings("ignore::Warning:mlflow")  # its own code's: SQLAlchemy 2.1, type hints
def test_the_pipeline_labels_a_day_of_sensor_files(
    open_stack: "Callable[..., LocalStack]", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))  # the worker process imports the task from there
    stack = open_stack(task=ADDRESS, model_name="sensors", unit_max_files=4, tick_s=0.5, receive_wait_s=1)
    stack.start_workers(1)
    version = train_sensors(stack)
    keys = stack.put_files(daily_files(), DAY)

    plan = stack.invoke(MANIFEST, {"run_date": DAY.isoformat()})
    stack.start_dispatch()
    summary = published(stack, plan["run_id"])

    labels = rows_of(stack, layout.LABELS, summary)
    assert summary.state is RunState.COMPLETE
    assert (summary.model_name, summary.model_version) == ("sensors", version)
    assert summary.rejects == {
        RowReason.NOT_JSON: 1,
        RowReason.MISSING: 1,
        FileReason.EMPTY: 1,
        FileReason.NOT_DECODABLE: 1,
    }
    assert list(labels[0])[:4] == ["run_date", "sensor", "file_key", "row_number"]
    for row in labels:
        sensor = int(row["sensor"].removeprefix("pump-"))
        warm_at = 12 if sensor == 9 else 6 + sensor
        assert row["file_key"] == f"landing/{DAY}/{row['sensor']}.jsonl"
        assert row["label"] == CATEGORIES[row["row_number"] > warm_at]
        assert {row["label"], row["second_label"]} == set(CATEGORIES)
    refused = rows_of(stack, layout.QUARANTINE, summary)
    ends = [(row["file_key"], row["row_number"]) for row in labels + refused]
    expected = [(key, n) for key in keys if "pump" in key for n in range(1, 25)]
    assert sorted(end for end in ends if end[1]) == sorted(expected)
    assert sorted(end[0] for end in ends if not end[1]) == sorted(key for key in keys if "pump" not in key)


def train_sensors(stack: "LocalStack") -> str:
    """The version that holds the champion alias."""
    settings = ExperimentSettings(registry_uri=stack.manifest_settings.registry_uri, model_name="sensors", task=ADDRESS)
    own = load_task(settings.task)
    labeled = [
        RawFile(f"machine-{n}.jsonl", day_of_a_sensor(f"machine-{n}", warm_at=4 + n % 18, with_labels=True))
        for n in range(20)
    ]
    model = train_first_model(labeled, task=own, registry_uri=settings.registry_uri, model_name=settings.model_name)
    assert model.accuracy > model.majority_accuracy
    request = PromotionRequest(by="anna", at=datetime.now(UTC))
    promote(settings.registry_uri, settings.model_name, model.version, task=own, request=request)
    return model.version


def published(stack: "LocalStack", run_id: str, timeout_s: float = 90) -> RunSummary:
    ends = time.monotonic() + timeout_s
    while time.monotonic() < ends:
        body = stack.runs.find(layout.summary_key(run_id))
        if body:
            return RunSummary.parse(body, source="summary")
        assert stack.workers.running(), stack.workers.all()[0].log.read_text()
        time.sleep(0.1)
    pytest.fail(f"not published in {timeout_s} s; the worker said: {stack.workers.all()[0].log.read_text()}")


def rows_of(stack: "LocalStack", kind: str, summary: RunSummary) -> list[dict[str, Any]]:
    prefix = layout.output_prefix(kind, summary.run_date, summary.run_id)
    bodies = [stack.labels.get(key) for key, _ in stack.labels.sizes(prefix)]
    return [row for body in bodies for row in pq.read_table(io.BytesIO(body)).to_pylist()]
