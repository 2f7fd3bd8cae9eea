"""The one question after every chaos test: has each row of each file exactly one label or one quarantine record?"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from labeler import layout
from labeler.messages import OutputObject
from labeler.published import PublishedGeneration, RunSummary
from labeler.run_index import RunIndex
from tests.chaos.ground_truth import Expected, Record

if TYPE_CHECKING:
    from labeler_local.emulator.stack import LocalStack

Rows = list[dict[str, Any]]


def published(stack: "LocalStack", run_id: str) -> PublishedGeneration:
    """The newest generation, as readers find it."""
    summary = RunSummary.parse(stack.runs.get(layout.summary_key(run_id)), source="summary.json")
    key = layout.generation_key(run_id, summary.generation)
    generation = PublishedGeneration.parse(stack.runs.get(key), source=key)
    assert generation.summary == summary
    return generation


def reconcile(stack: "LocalStack", run_id: str, expected: Mapping[str, Expected]) -> Rows:
    """`expected`: by file key, of every file of the run. The label rows, for further questions."""
    generation = published(stack, run_id)
    labels = _read(stack, run_id, layout.LABELS, generation.labels)
    quarantine = _read(stack, run_id, layout.QUARANTINE, generation.quarantine)
    _assert_each_row_once(labels, quarantine, expected)
    _assert_one_model(stack, run_id, labels)
    _assert_summary(generation.summary, stack, expected)
    return labels


def _read(stack: "LocalStack", run_id: str, kind: str, named: tuple[OutputObject, ...]) -> Rows:
    """The rows of the objects that the generation names; no other object may lie where readers look."""
    run_date = stack.ledger.run(run_id).run_date
    listed = {key for key, _ in stack.labels.sizes(layout.output_prefix(kind, run_date, run_id))}
    assert listed == {output.key for output in named}, f"{kind}: objects that are visible but not published, or gone"
    assert len(named) == len(listed), f"{kind}: an object is published twice"
    rows: Rows = []
    for output in named:
        body = stack.labels.get(output.key)
        assert hashlib.sha256(body).hexdigest() == output.sha256
        part = pq.read_table(pa.BufferReader(body)).to_pylist()
        assert len(part) == output.rows
        rows += part
    return rows


def _assert_each_row_once(labels: Rows, quarantine: Rows, expected: Mapping[str, Expected]) -> None:
    labeled: dict[str, Counter[int]] = defaultdict(Counter)
    quarantined: dict[str, Counter[Record]] = defaultdict(Counter)
    for row in labels:
        labeled[row["file_key"]][row["row_number"]] += 1
    for row in quarantine:
        record = Record(row["row_number"], row["column"], row["reason"], row["rows"])
        quarantined[row["file_key"]][record] += 1
    assert set(labeled) | set(quarantined) == {key for key, one in expected.items() if any(one)}
    for key, one in expected.items():
        assert labeled[key] == Counter(one.labeled), f"{key}: rows without a label, or with several"
        assert quarantined[key] == Counter(one.quarantined), f"{key}: quarantine is not what is wrong with it"


def _assert_one_model(stack: "LocalStack", run_id: str, labels: Rows) -> None:
    index = RunIndex.parse(stack.runs.get(layout.index_key(run_id)), source="manifest.json")
    assert {row["model_version"] for row in labels} == {index.pins.model.version}
    assert {row["run_id"] for row in labels} == {run_id}
    assert {row["run_date"] for row in labels} == {index.run_date}


def _assert_summary(summary: RunSummary, stack: "LocalStack", expected: Mapping[str, Expected]) -> None:
    """The summary agrees with the expected rows; the ledger counted every unit once."""
    assert summary.rows_labeled == sum(len(one.labeled) for one in expected.values())
    assert summary.rows_in == sum(one.rows for one in expected.values())
    assert summary.rows_in == summary.rows_labeled + summary.rows_quarantined
    assert summary.files == summary.files_labeled + summary.files_rejected + summary.files_failed
    assert summary.files_labeled + summary.files_rejected == len(expected)
    run = stack.ledger.run(summary.run_id)
    assert (run.state, run.generation) == (summary.state, summary.generation)
    assert run.units_done + run.units_failed == run.units == len(stack.ledger.units(summary.run_id))
    assert (run.rows_in, run.rows_labeled) == (summary.rows_in, summary.rows_labeled)
