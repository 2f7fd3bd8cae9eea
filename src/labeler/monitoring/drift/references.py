"""What the days of a model version are compared with: one bounded sample that belongs to the model's bytes.

An experiment leaves it from the rows that it held out, when it registers a version. A version without one
takes the first run that it labels, and a person can name another run: `labeler monitor baseline RUN`.
"""

import io
from typing import NamedTuple

from pydantic import ValidationError

from labeler import layout
from labeler.errors import MessageInvalidError
from labeler.monitoring.drift.samples import Sample, read_table
from labeler.monitoring.reports import ReferenceNote
from labeler.storage import Bucket

NOTE = b"labeler.reference"
"""Where the note stands in the Parquet file's own metadata."""


class DriftReference(NamedTuple):
    sample: Sample
    note: ReferenceNote


def reference_bytes(sample: Sample, *, origin: str, rows: int, reject_share: float | None) -> bytes:
    """The rows, balanced to at most `rows`, with a note of where they come from."""
    import pyarrow.parquet as pq

    balanced = sample.balanced(rows)
    note = ReferenceNote(
        origin=origin, rows=balanced.rows, label_shares=sample.label_shares(), reject_share=reject_share
    )
    sink = io.BytesIO()
    table = balanced.table.replace_schema_metadata({NOTE: note.model_dump_json().encode()})
    pq.write_table(table, sink, compression="zstd")
    return sink.getvalue()


def find_reference(monitoring: Bucket, model_sha256: str) -> DriftReference | None:
    """Raises MessageInvalidError for a file that is none."""
    key = layout.drift_reference_key(model_sha256)
    body = monitoring.find(key)
    if body is None:
        return None
    table = read_table(body)
    try:
        note = ReferenceNote.model_validate_json((table.schema.metadata or {}).get(NOTE, b""))
    except ValidationError as error:
        raise MessageInvalidError(f"{monitoring.url(key)} says not where it comes from") from error
    return DriftReference(Sample(table), note)


def write_reference(monitoring: Bucket, model_sha256: str, body: bytes, *, is_replacing: bool = False) -> bool:
    """False when the version has one, which only `is_replacing` replaces: verdicts would mean something else."""
    key = layout.drift_reference_key(model_sha256)
    if is_replacing:
        monitoring.put(key, body, "application/vnd.apache.parquet")
        return True
    return monitoring.put_once(key, body, "application/vnd.apache.parquet")
