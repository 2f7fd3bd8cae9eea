"""A labeling task and a model that are small enough to reason about: a row is a number, its feature the number."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa

from labeler.errors import InputInvalidError
from labeler.messages import ModelPin, Pins, ReferencePin, WorkUnit
from labeler.models.bundle import LoadedModel
from labeler.task import FileReason, RawFile, Reading, Reject

CATEGORIES = ("even", "odd", "big")
CRASH = b"crash"
REFUSE = b"refuse"
PINS = Pins(
    model=ModelPin(name="toy", version="7", key="models/a.tar", sha256="a" * 64, features_digest="f" * 64),
    reference=ReferencePin(key="reference/b.json", sha256="b" * 64, version="1"),
)
UNIT = WorkUnit(
    run_id="daily-2026-03-02",
    run_date=date(2026, 3, 2),
    unit_id=3,
    slice_key="s",
    slice_sha256="c" * 64,
    files=1,
    size_bytes=1,
    task="tests.unit.worker.toy:task",
    pins=PINS,
)


class ToyTask:
    """A file with CRASH in it makes `read` raise as a bug would, one with REFUSE raises a LabelerError."""

    name = "toy"
    identity_columns = ("owner",)
    feature_names = ("number",)
    feature_groups: Mapping[str, tuple[str, ...]] = {}
    categories = CATEGORIES

    def __init__(self) -> None:
        self.files_per_read: list[int] = []

    def read(self, files: Sequence[RawFile], *, with_labels: bool = False) -> Reading:
        self.files_per_read.append(len(files))
        if any(CRASH in file.body for file in files):
            raise ValueError(f"can't read {next(file.body for file in files if CRASH in file.body)!r}")
        if any(REFUSE in file.body for file in files):
            raise InputInvalidError("the reference data has no numbers")
        rows: list[tuple[int, int, float]] = []
        rejects: list[Reject] = []
        for index, file in enumerate(files):
            if not file.body:
                rejects.append(Reject(index, None, None, None, FileReason.EMPTY, 0))
            for number, line in enumerate(file.body.split(), start=1):
                if line == b"bad":
                    rejects.append(Reject(index, number, number + 1, "number", "row_number", 1))
                else:
                    rows.append((index, number, float(line)))
        return Reading(
            table=np.array([value for *_, value in rows], np.float32),
            file_index=np.array([file for file, *_ in rows], np.int32),
            row_number=np.array([number for _, number, _ in rows], np.int32),
            identity={"owner": pa.array([f"owner of {files[file].key}" for file, *_ in rows], pa.string())},
            rejects=rejects,
        )

    def parse_reference(self, body: bytes) -> Any:
        return None

    def default_reference(self) -> bytes:
        return b"{}"

    def features(self, table: Any, reference: Any) -> np.ndarray:
        return table.reshape(-1, 1)

    def features_digest(self) -> str:
        return "f" * 64


class ToyClassifier:
    """Even or odd, and ever more surely big."""

    classes_ = np.array(CATEGORIES)

    def __init__(self) -> None:
        self.block_rows: list[int] = []

    def predict_proba(self, matrix: np.ndarray) -> np.ndarray:
        self.block_rows.append(len(matrix))
        number = np.abs(matrix[:, 0].astype(np.float64))
        big = number / (number + 100)
        even = (number.astype(np.int64) % 2 == 0) * 0.5 + 0.25
        return np.column_stack([(1 - big) * even, (1 - big) * (1 - even), big])


def model(classifier: Any = None) -> LoadedModel:
    return LoadedModel(classifier or ToyClassifier(), CATEGORIES, PINS.model)


task = ToyTask()
