"""Records of a run's quarantine: which file, line and column, and why; never a value of a row."""

import io
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from labeler.messages import OutputObject
from labeler.storage import Bucket

if TYPE_CHECKING:
    import pyarrow as pa

COLUMNS = ("file_key", "row_number", "line", "column", "reason", "rows")
MAX_EXAMPLES = 3
"""Of one reason."""
MAX_OBJECTS = 24
"""That are searched for examples; a reason that is in none of them has no example."""


def reject_examples(labels: Bucket, objects: Sequence[OutputObject]) -> dict[str, list[str]]:
    """Reason -> places of some of its records. The smallest objects are read, and not more than a few."""
    examples: dict[str, list[str]] = defaultdict(list)
    for output in sorted(objects, key=lambda output: (output.size_bytes, output.key))[:MAX_OBJECTS]:
        for record in read_rejects(labels, output):
            if len(examples[record["reason"]]) < MAX_EXAMPLES:
                examples[record["reason"]].append(place_of(record))
    return dict(examples)


def read_rejects(labels: Bucket, output: OutputObject) -> list[dict[str, Any]]:
    """The records of one object, with the keys of COLUMNS."""
    import pyarrow.parquet as pq

    table: pa.Table = pq.read_table(io.BytesIO(labels.get(output.key)), columns=list(COLUMNS))
    return table.to_pylist()


def place_of(record: Mapping[str, Any]) -> str:
    """File, line and column of a reject, for people."""
    place = str(record["file_key"])
    if record["line"] is not None:
        place += f" line {record['line']}"
    return f"{place}, column {record['column']}" if record["column"] else place
