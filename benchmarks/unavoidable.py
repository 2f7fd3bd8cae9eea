"""The parts of the work that nobody can avoid, each alone over all files of a unit, as fast as its library does it."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa
from pyarrow import csv

from labeler.models.bundle import LoadedModel
from labeler.models.predict import predict
from labeler.settings import WorkerSettings
from labeler.task import RawFile
from labeler.transactions import task

WARM_UP_ROWS = 32_000
Result = TypeVar("Result")


def time_parts(keys: list[str], store: Any, *, model: LoadedModel, settings: WorkerSettings) -> dict[str, float]:
    """Seconds of each part, after a try that warms up."""
    get_all(store, keys, threads=settings.fetch_threads)
    got_s, bodies = timed(lambda: get_all(store, keys, threads=settings.fetch_threads))
    data, names = rows_of(bodies), column_names(bodies[0])
    parse(data, names)
    parsed_s, _ = timed(lambda: parse(data, names))
    matrix = matrix_of(bodies)
    predict(model, matrix[:WARM_UP_ROWS], block_rows=settings.predict_block_rows)
    predicted_s, _ = timed(lambda: predict(model, matrix, block_rows=settings.predict_block_rows))
    return {"get": got_s, "parse": parsed_s, "predict": predicted_s}


def timed(work: Callable[[], Result]) -> tuple[float, Result]:
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


def get_all(store: Any, keys: list[str], *, threads: int) -> list[bytes]:
    """Each thread gets its share of the keys."""

    def get_share(share: list[str]) -> list[bytes]:
        return [bytes(store.get(key).bytes()) for key in share]

    with ThreadPoolExecutor(threads) as pool:
        return [
            body for share in pool.map(get_share, [keys[start::threads] for start in range(threads)]) for body in share
        ]


def rows_of(bodies: list[bytes]) -> bytes:
    """Without the files' headers."""
    return b"".join(body[body.index(b"\n") + 1 :] for body in bodies)


def column_names(body: bytes) -> list[str]:
    return [name.strip() for name in body[: body.index(b"\r")].decode("mac_roman").split(";")]


def parse(data: bytes, names: list[str]) -> pa.Table:
    return csv.read_csv(
        pa.BufferReader(data),
        read_options=csv.ReadOptions(column_names=names, use_threads=False),
        parse_options=csv.ParseOptions(delimiter=";"),
        convert_options=csv.ConvertOptions(column_types=dict.fromkeys(names, pa.binary())),
    )


def matrix_of(bodies: list[bytes]) -> np.ndarray:
    reading = task.read([RawFile(str(number), body) for number, body in enumerate(bodies)])
    return task.features(reading.table, task.parse_reference(task.default_reference()))
