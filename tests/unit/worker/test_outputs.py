"""Labels and quarantine as bytes: what is in them, and that the same rows give the same ones."""

import hashlib

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from labeler.layout import label_columns
from labeler.models.predict import Predictions
from labeler.task import FileReason, Reading, Reject
from labeler.transactions import task as transactions
from labeler.worker.outputs import (
    QUARANTINE_SCHEMA,
    ParquetPart,
    Sealed,
    labels_schema,
    labels_table,
    quarantine_table,
)
from tests.unit.worker.toy import CATEGORIES, UNIT

KEYS = ["landing/a.csv", "landing/não é.csv"]
READING = Reading(
    table=None,
    file_index=np.array([0, 0, 1], np.int32),
    row_number=np.array([1, 3, 1], np.int32),
    identity={"account_id": pa.array(["4,53E+11-201405", "4,53E+11-201405", "1,2E+11-201906"])},
)
PREDICTIONS = Predictions(
    label=np.array([0, 2, 1], np.int32),
    confidence=np.array([0.5, 0.75, 1.0], np.float32),
    second=np.array([1, 0, 0], np.int32),
    second_confidence=np.array([0.25, 0.125, 0.0], np.float32),
)
REJECTS = [
    (KEYS[0], Reject(0, 2, 3, "valor", "row_number", 1)),
    (KEYS[1], Reject(-1, None, None, None, FileReason.VANISHED, 0)),
]


def sealed(schema: pa.Schema, *tables: pa.Table) -> Sealed:
    part = ParquetPart(schema)
    for table in tables:
        part.add(table)
    parquet = part.seal()
    assert parquet is not None
    return parquet


def labels() -> pa.Table:
    return labels_table(UNIT, KEYS, READING, PREDICTIONS, CATEGORIES)


def read(body: bytes) -> pa.Table:
    return pq.read_table(pa.BufferReader(body))


def test_label_names_its_file_its_row_and_the_model() -> None:
    rows = read(sealed(labels_schema(["account_id"]), labels()).body).to_pylist()

    assert [(row["file_key"], row["row_number"], row["account_id"]) for row in rows] == [
        (KEYS[0], 1, "4,53E+11-201405"),
        (KEYS[0], 3, "4,53E+11-201405"),
        (KEYS[1], 1, "1,2E+11-201906"),
    ]
    assert [(row["label"], row["confidence"], row["second_label"], row["second_confidence"]) for row in rows] == [
        ("even", 0.5, "odd", 0.25),
        ("big", 0.75, "even", 0.125),
        ("odd", 1.0, "even", 0.0),
    ]
    assert {(row["run_date"], row["model_version"], row["run_id"]) for row in rows} == {
        (UNIT.run_date, "7", UNIT.run_id)
    }


def test_quarantine_record_names_place_reason_and_number_of_rows() -> None:
    records = read(sealed(QUARANTINE_SCHEMA, quarantine_table(UNIT, REJECTS)).body).to_pylist()

    same = {"run_date": UNIT.run_date, "run_id": UNIT.run_id}
    assert records == [
        same | {"file_key": KEYS[0], "row_number": 2, "line": 3, "column": "valor", "reason": "row_number", "rows": 1},
        same
        | {
            "file_key": KEYS[1],
            "row_number": None,
            "line": None,
            "column": None,
            "reason": "file_vanished",
            "rows": 0,
        },
    ]


@pytest.mark.parametrize(
    ("schema", "table"),
    [(labels_schema(["account_id"]), labels()), (QUARANTINE_SCHEMA, quarantine_table(UNIT, REJECTS))],
    ids=["labels", "quarantine"],
)
def test_the_same_rows_give_the_same_bytes(schema: pa.Schema, table: pa.Table) -> None:
    first, second = sealed(schema, table, table), sealed(schema, table, table)

    assert first == second
    assert first.sha256 == hashlib.sha256(first.body).hexdigest()
    assert sealed(schema, table).sha256 != first.sha256


def test_blocks_become_row_groups_of_one_file() -> None:
    parquet = sealed(labels_schema(["account_id"]), labels(), labels().slice(0, 1))

    meta = pq.ParquetFile(pa.BufferReader(parquet.body)).metadata
    assert [meta.row_group(group).num_rows for group in range(meta.num_row_groups)] == [3, 1]
    assert parquet.rows == 4


def test_without_rows_there_is_no_object() -> None:
    part = ParquetPart(QUARANTINE_SCHEMA)
    part.add(quarantine_table(UNIT, []))

    assert part.seal() is None


def test_the_catalog_has_the_columns_that_the_worker_writes() -> None:
    schema = labels_schema(transactions.identity_columns)
    hive = {
        pa.date32(): "date",
        pa.int32(): "int",
        pa.float32(): "float",
        pa.dictionary(pa.int32(), pa.string()): "string",
    }

    columns = label_columns(transactions.identity_columns)
    assert {field.name: hive[field.type] for field in schema} == columns
    assert schema.names == list(columns)
