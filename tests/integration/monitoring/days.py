"""Synthetic days, plain ones and drifted ones, and the samples that workers would take of them."""

import random
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any, NamedTuple

import numpy as np

from labeler.models.bundle import LoadedModel
from labeler.models.predict import predict
from labeler.task import RawFile
from labeler.transactions import task
from labeler.worker.outputs import Sealed
from labeler.worker.sample import UnitSample, sample_rows
from labeler_local.synthetic import LAST_DAY, LIKE_REAL, generate

AMOUNT, CITY = 9, 10
"""Columns of a statement without labels."""
CATEGORY = 10
"""Of one with labels."""
NEW_CITY = b"NOVA AURORA  "
UNIT_FILES = 100

Change = Callable[[list[bytes], list[bytes]], list[bytes]]
"""(lines, their categories) -> lines of a drifted day."""


def day_files(seed: int, *, accounts: int, change: Change | None = None, day: int = 0) -> list[RawFile]:
    """A day of its own accounts; the generator's window moves on with `day`."""
    until = LAST_DAY - timedelta(days=60) + timedelta(days=day)
    plain = list(generate(accounts=accounts, seed=seed, with_labels=False, corruption=LIKE_REAL, until=until))
    if change is None:
        return [RawFile(*file) for file in plain]
    labeled = generate(accounts=accounts, seed=seed, with_labels=True, corruption=LIKE_REAL, until=until)
    return [RawFile(name, _changed(body, twin, change)) for (name, body), (_, twin) in zip(plain, labeled, strict=True)]


def _changed(body: bytes, twin: bytes, change: Change) -> bytes:
    header, *lines = body.split(b"\r\n")[:-1]
    categories = [line.split(b";")[CATEGORY] for line in twin.split(b"\r\n")[1:-1]]
    return b"\r\n".join([header, *change(lines, categories), b""])


def amounts_scaled(factor: float) -> Change:
    def change(lines: list[bytes], _: list[bytes]) -> list[bytes]:
        return [_with(line, AMOUNT, _scaled(line.split(b";")[AMOUNT], factor)) for line in lines]

    return change


def new_city(share: float) -> Change:
    """Merchants of so many rows stand in a city that nobody ever heard of."""
    chance = random.Random(5)

    def change(lines: list[bytes], _: list[bytes]) -> list[bytes]:
        return [_with(line, CITY, NEW_CITY) if chance.random() < share else line for line in lines]

    return change


def without(category: str, share: float) -> Change:
    """So many of a category's rows are gone."""
    chance, gone = random.Random(6), category.encode("mac_roman")

    def change(lines: list[bytes], categories: list[bytes]) -> list[bytes]:
        kept = [
            line for line, one in zip(lines, categories, strict=True) if one.strip() != gone or chance.random() >= share
        ]
        return kept or lines[:1]

    return change


def _with(line: bytes, column: int, value: bytes) -> bytes:
    fields = line.split(b";")
    fields[column] = value
    return b";".join(fields)


def _scaled(text: bytes, factor: float) -> bytes:
    try:
        amount = float(text.strip().replace(b".", b"").replace(b",", b"."))
    except ValueError:
        return text
    return f"{amount * factor:.2f}".replace(".", ",").encode()


class SampledDay(NamedTuple):
    units: list[Sealed]
    label_counts: dict[str, int]
    rows: int
    rejected: int


def sampled_day(files: list[RawFile], model: LoadedModel, reference: Any) -> SampledDay:
    """What workers leave, without a queue and S3 in between."""
    units, counts, rows, rejected = [], Counter[str](), 0, 0
    for start in range(0, len(files), UNIT_FILES):
        part = files[start : start + UNIT_FILES]
        reading = task.read(part)
        matrix = task.features(reading.table, reference)
        predictions = predict(model, matrix, block_rows=16_000)
        labels = np.bincount(predictions.label, minlength=len(model.categories))
        sample = UnitSample(task.feature_names, model.categories)
        keys = [file.key for file in part]
        sample.add(sample_rows(keys, reading, predictions, matrix, categories=len(model.categories)))
        sealed = sample.seal(labels)
        units += [sealed] if sealed else []
        counts.update({name: int(count) for name, count in zip(model.categories, labels, strict=True) if count})
        rows += reading.rows_in
        rejected += reading.rows_in - len(reading.file_index)
    return SampledDay(units, dict(counts), rows, rejected)
