"""Labels and quarantine of a unit as Parquet, one row group a block. The same rows give the same bytes."""

import hashlib
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from labeler.messages import WorkUnit
from labeler.models.predict import Predictions
from labeler.task import Reading, Reject

COMPRESSION = "zstd"
NAME = pa.dictionary(pa.int32(), pa.string())

QUARANTINE_SCHEMA = pa.schema(
    [
        ("run_date", pa.date32()),
        ("file_key", pa.string()),
        ("row_number", pa.int32()),
        ("line", pa.int32()),
        ("column", pa.string()),
        ("reason", pa.string()),
        ("rows", pa.int64()),
        ("run_id", pa.string()),
    ]
)


def labels_schema(identity_columns: Sequence[str]) -> pa.Schema:
    return pa.schema(
        [
            ("run_date", pa.date32()),
            *((name, NAME) for name in identity_columns),
            ("file_key", NAME),
            ("row_number", pa.int32()),
            ("label", NAME),
            ("confidence", pa.float32()),
            ("second_label", NAME),
            ("second_confidence", pa.float32()),
            ("model_version", NAME),
            ("run_id", NAME),
        ]
    )


class Sealed(NamedTuple):
    body: bytes
    sha256: str
    rows: int


class ParquetPart:
    """A Parquet file in memory that grows by row groups."""

    def __init__(self, schema: pa.Schema) -> None:
        self.schema = schema
        self.rows = 0
        self._sink = pa.BufferOutputStream()
        # confidences hardly repeat: looking for a dictionary of them doubles the time to write
        repeating = [field.name for field in schema if not pa.types.is_floating(field.type)]
        self._writer = pq.ParquetWriter(
            self._sink, schema, compression=COMPRESSION, use_dictionary=repeating, store_schema=False
        )

    def add(self, table: pa.Table) -> None:
        if table.num_rows:
            self._writer.write_table(table, row_group_size=table.num_rows)
            self.rows += table.num_rows

    def seal(self) -> Sealed | None:
        """None when there are no rows: no object is written then."""
        self._writer.close()
        body = self._sink.getvalue().to_pybytes()
        return Sealed(body, hashlib.sha256(body).hexdigest(), self.rows) if self.rows else None


def labels_table(
    unit: WorkUnit, keys: Sequence[str], reading: Reading, predictions: Predictions, categories: Sequence[str]
) -> pa.Table:
    """`keys`: of the files that were read together, as `reading.file_index` counts them."""
    rows = len(reading.file_index)

    def coded(codes: np.ndarray, values: pa.Array) -> pa.DictionaryArray:
        return pa.DictionaryArray.from_arrays(pa.array(codes), values)

    def constant(value: str) -> pa.DictionaryArray:
        return coded(np.zeros(rows, np.int32), pa.array([value]))

    names = pa.array(categories, pa.string())
    columns = [
        pa.repeat(pa.scalar(unit.run_date, pa.date32()), rows),
        *(array.cast(NAME) for array in reading.identity.values()),
        coded(reading.file_index, pa.array(keys, pa.string())),
        pa.array(reading.row_number),
        coded(predictions.label, names),
        pa.array(predictions.confidence),
        coded(predictions.second, names),
        pa.array(predictions.second_confidence),
        constant(unit.pins.model.version),
        constant(unit.run_id),
    ]
    return pa.Table.from_arrays(columns, schema=labels_schema(tuple(reading.identity)))


def quarantine_table(unit: WorkUnit, rejects: Sequence[tuple[str, Reject]]) -> pa.Table:
    """(file key, reject) -> records; they hold where and why, never a value."""
    columns = [
        [unit.run_date] * len(rejects),
        [key for key, _ in rejects],
        *([getattr(reject, name) for _, reject in rejects] for name in ("row_number", "line", "column")),
        [str(reject.reason) for _, reject in rejects],
        [reject.rows for _, reject in rejects],
        [unit.run_id] * len(rejects),
    ]
    return pa.Table.from_arrays(
        [pa.array(values, field.type) for values, field in zip(columns, QUARANTINE_SCHEMA, strict=True)],
        schema=QUARANTINE_SCHEMA,
    )
