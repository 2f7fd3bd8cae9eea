"""Another labeling task than card transactions: is a sensor's reading normal, or does the machine overheat?

A file holds one day of one sensor in JSON lines, oldest first:

    {"sensor": "pump-3", "at": "2026-11-23T05:00:00Z", "celsius": 71.5}

Importing this module is cheap: the manifest Lambda does it, and has neither numpy nor pyarrow.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from labeler.errors import InputInvalidError
from labeler.task import FileReason, RawFile, Reading, Reject

if TYPE_CHECKING:
    import numpy as np

FEATURE_NAMES = ("celsius", "celsius_to_limit", "celsius_to_file_mean", "hour")
FEATURE_GROUPS: Mapping[str, tuple[str, ...]] = {"calendar": ("hour",)}
CATEGORIES = ("normal", "overheating")


# ---- the contract of a row, and why one is refused


class RowReason(StrEnum):
    NOT_JSON = "row_not_json"
    MISSING = "row_missing_value"
    VALUE = "row_bad_value"


class SensorRow(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    sensor: Annotated[str, Field(min_length=1, max_length=40)]
    at: AwareDatetime
    celsius: Annotated[float, Field(ge=-273.15, le=1000)]
    label: Literal["normal", "overheating"] | None = None


class LabeledSensorRow(SensorRow):
    label: Literal["normal", "overheating"]


def fault_of(error: ValidationError) -> tuple[str | None, RowReason]:
    """(column, reason) of the first fault; never the value."""
    first = error.errors(include_input=False, include_url=False)[0]
    if first["type"] == "json_invalid":
        return None, RowReason.NOT_JSON
    column = str(first["loc"][0]) if first["loc"] else None
    return column, RowReason.MISSING if first["type"] == "missing" else RowReason.VALUE


# ---- bytes of many files -> one table


class SensorTable(NamedTuple):
    """n good rows; rows of a file are adjacent."""

    file_index: "np.ndarray"  # int32 (n,)
    celsius: "np.ndarray"  # float64 (n,)
    hour: "np.ndarray"  # int64 (n,) of the day, UTC


class Kept(NamedTuple):
    file: int
    row_number: int
    row: SensorRow


def read_files(files: Sequence[RawFile], *, with_labels: bool) -> Reading:
    import numpy as np
    import pyarrow as pa

    contract = LabeledSensorRow if with_labels else SensorRow
    kept: list[Kept] = []
    rejects: list[Reject] = []
    for index, file in enumerate(files):
        try:
            lines = file.body.decode("utf-8").split("\n")
        except UnicodeDecodeError:
            rejects.append(Reject(index, None, None, None, FileReason.NOT_DECODABLE, file.body.count(b"\n")))
            continue
        numbered = [(line, text) for line, text in enumerate(lines, start=1) if text.strip()]
        if not numbered:
            rejects.append(Reject(index, None, None, None, FileReason.EMPTY, 0))
        for row_number, (line, text) in enumerate(numbered, start=1):
            try:
                kept.append(Kept(index, row_number, contract.model_validate_json(text)))
            except ValidationError as error:
                rejects.append(Reject(index, row_number, line, *fault_of(error), 1))
    file_index = np.array([item.file for item in kept], np.int32)
    return Reading(
        table=SensorTable(
            file_index,
            np.array([item.row.celsius for item in kept], np.float64),
            np.array([item.row.at.hour for item in kept], np.int64),
        ),
        file_index=file_index,
        row_number=np.array([item.row_number for item in kept], np.int32),
        identity={"sensor": pa.array([item.row.sensor for item in kept], pa.string())},
        rejects=rejects,
        labels=pa.array([item.row.label for item in kept], pa.string()).dictionary_encode() if with_labels else None,
        time=np.array([item.row.at.timestamp() for item in kept], np.int64) if with_labels else None,
    )


# ---- table -> matrix


class Limits(BaseModel):
    """Reference data: S3 may hold a newer version; a run keeps the one that it started with."""

    version: str
    limit_celsius: float


def matrix_of(table: SensorTable, limits: Limits) -> "np.ndarray":
    import numpy as np

    _, file = np.unique(table.file_index, return_inverse=True)
    mean = np.bincount(file, weights=table.celsius) / np.maximum(np.bincount(file), 1)
    columns = (table.celsius, table.celsius - limits.limit_celsius, table.celsius - mean[file], table.hour)
    return np.column_stack(columns).astype(np.float32, order="C")


@cache
def digest() -> str:
    """Follows what the features say of a probe: a refactoring keeps it, a changed feature changes it."""
    probe = b"\n".join(
        b'{"sensor": "probe", "at": "2026-11-23T%02d:00:00Z", "celsius": %d.5}' % (hour, 20 + 7 * hour)
        for hour in range(24)
    )
    table = read_files([RawFile("probe", probe)], with_labels=False).table
    matrix = matrix_of(table, Limits(version="probe", limit_celsius=80))
    text = "\n".join([*FEATURE_NAMES, *(f"{value:.4g}" for value in matrix.ravel().tolist())])
    return hashlib.sha256(text.encode()).hexdigest()


# ---- what the pipeline loads


class SensorTask:
    name = "sensors"
    identity_columns = ("sensor",)
    feature_names = FEATURE_NAMES
    feature_groups = FEATURE_GROUPS
    categories = CATEGORIES

    def read(self, files: Sequence[RawFile], *, with_labels: bool = False) -> Reading:
        return read_files(files, with_labels=with_labels)

    def parse_reference(self, body: bytes) -> Limits:
        try:
            return Limits.model_validate_json(body)
        except ValidationError as error:
            raise InputInvalidError(f"the sensors' limits: {error.errors()[0]['msg']}") from error

    def default_reference(self) -> bytes:
        return json.dumps({"version": "2026.1", "limit_celsius": 80.0}).encode()

    def features(self, table: SensorTable, reference: Limits) -> "np.ndarray":
        return matrix_of(table, reference)

    def features_digest(self) -> str:
        return digest()


task: Any = SensorTask()
