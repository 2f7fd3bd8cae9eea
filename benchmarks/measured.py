"""The three things that are timed, each in a process of its own on core 0: `python -m benchmarks.measured KIND SPEC`.

    worker        the production consumer over real units: queue, heartbeat, fetch-ahead, Parquet, receipts
    loop          one file at a time with boto3 and pandas, as most people would write it
    own_loop      the same loop with labeler's own reader and features for each file
    unavoidable   GET + CSV parse + predict on ready matrices, nothing else

Each prints one JSON line.
"""

import json
import os
import resource
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import boto3
import pyarrow as pa
from botocore.config import Config

from labeler.aws import Aws
from labeler.messages import ModelPin, UnitReceipt
from labeler.models.bundle import LoadedModel, load
from labeler.settings import WorkerSettings
from labeler.storage import Bucket
from labeler.task import RawFile
from labeler.telemetry import get_logger
from labeler.transactions import task
from labeler.worker.consume import Consumer

BUCKET = "raw"


class BenchmarkAws(Aws):
    """The raw bucket is served by nginx, everything else by the local AWS."""

    def __init__(self, endpoint: str) -> None:
        super().__init__()
        self._endpoint = endpoint

    def object_store(self, bucket: str) -> Any:  # noqa: ARG002 - nginx serves one bucket
        from obstore.store import S3Store

        return S3Store(
            BUCKET,
            region="us-east-1",
            endpoint=self._endpoint,
            virtual_hosted_style_request=False,
            access_key_id="x",
            secret_access_key="y",
            client_options={"allow_http": True, "pool_max_idle_per_host": "64"},
        )


def worker(spec: dict[str, Any]) -> dict[str, Any]:
    """The first unit warms up; the clock runs from its receipt to the last one."""
    aws = BenchmarkAws(spec["endpoint"])
    receipts: list[UnitReceipt] = []
    moments: list[float] = []
    consumer = Consumer(WorkerSettings.from_environment(), aws, worker_id="bench", logger=get_logger("bench"))

    def note(receipt: UnitReceipt) -> None:
        receipts.append(receipt)
        moments.append(time.perf_counter())
        if len(receipts) == spec["units"]:
            consumer.drain()

    consumer.run(note)
    counted = receipts[1:]
    if any(receipt.rejects for receipt in counted):
        raise SystemExit(f"rejects: {counted[0].rejects}")
    stages = {name: sum(receipt.stage_s.get(name, 0) for receipt in counted) for name in counted[0].stage_s}
    return {
        "elapsed_s": moments[-1] - moments[0],
        "files": sum(receipt.files for receipt in counted),
        "rows": sum(receipt.rows_labeled for receipt in counted),
        "bytes": sum(receipt.size_bytes for receipt in counted),
        "stage_s": stages,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def _model(spec: dict[str, Any]) -> LoadedModel:
    pin = ModelPin.model_validate(spec["pin"])
    runs = Bucket(Aws(), WorkerSettings.from_environment().runs_bucket)
    return load(runs.get(pin.key), pin, features_digest=task.features_digest())


def loop(spec: dict[str, Any]) -> dict[str, Any]:
    from benchmarks.per_file_loop import with_pandas

    return _loop(spec, with_pandas)


def own_loop(spec: dict[str, Any]) -> dict[str, Any]:
    from benchmarks.per_file_loop import with_own_features

    return _loop(spec, with_own_features)


def _loop(spec: dict[str, Any], matrix_of: Callable[[bytes, Any], Any]) -> dict[str, Any]:
    from benchmarks.per_file_loop import label_files

    s3 = boto3.client(
        "s3",
        endpoint_url=spec["endpoint"],
        config=Config(s3={"addressing_style": "path"}, response_checksum_validation="when_required"),
    )
    reference = task.parse_reference(task.default_reference())
    classifier = _model(spec).classifier
    keys = spec["keys"][: spec["loop_files"]]
    label_files(s3, BUCKET, keys[:5], reference=reference, classifier=classifier, matrix_of=matrix_of)
    start = time.perf_counter()
    rows = label_files(s3, BUCKET, keys, reference=reference, classifier=classifier, matrix_of=matrix_of)
    return {"elapsed_s": time.perf_counter() - start, "files": len(keys), "rows": rows}


def unavoidable(spec: dict[str, Any]) -> dict[str, Any]:
    """Each part alone over all files of a unit, as fast as its library does it."""
    from pyarrow import csv

    from labeler.models.predict import predict

    settings = WorkerSettings.from_environment()
    store = BenchmarkAws(spec["endpoint"]).object_store(BUCKET)
    model, keys = _model(spec), spec["keys"]

    def get_share(share: list[str]) -> list[bytes]:
        return [bytes(store.get(key).bytes()) for key in share]

    def get_all() -> list[bytes]:
        shares = [keys[start :: settings.fetch_threads] for start in range(settings.fetch_threads)]
        with ThreadPoolExecutor(settings.fetch_threads) as pool:
            return [body for share in pool.map(get_share, shares) for body in share]

    get_all()
    start = time.perf_counter()
    bodies = get_all()
    got = time.perf_counter() - start
    data = b"".join(body[body.index(b"\n") + 1 :] for body in bodies)
    names = [name.strip() for name in bodies[0][: bodies[0].index(b"\r")].decode("mac_roman").split(";")]

    def parse() -> pa.Table:
        return csv.read_csv(
            pa.BufferReader(data),
            read_options=csv.ReadOptions(column_names=names, use_threads=False),
            parse_options=csv.ParseOptions(delimiter=";"),
            convert_options=csv.ConvertOptions(column_types=dict.fromkeys(names, pa.binary())),
        )

    parse()
    start = time.perf_counter()
    parse()
    parsed = time.perf_counter() - start
    reading = task.read([RawFile(str(number), body) for number, body in enumerate(bodies)])
    matrix = task.features(reading.table, task.parse_reference(task.default_reference()))
    predict(model, matrix[:32_000], block_rows=settings.predict_block_rows)
    start = time.perf_counter()
    predict(model, matrix, block_rows=settings.predict_block_rows)
    predicted = time.perf_counter() - start
    return {
        "elapsed_s": got + parsed + predicted,
        "files": len(keys),
        "stage_s": {"get": got, "parse": parsed, "predict": predicted},
    }


def main() -> None:
    os.sched_setaffinity(0, {0})
    pa.set_cpu_count(1)
    spec = json.loads(Path(sys.argv[2]).read_text())
    kinds = {"worker": worker, "loop": loop, "own_loop": own_loop, "unavoidable": unavoidable}
    print(json.dumps(kinds[sys.argv[1]](spec)))


if __name__ == "__main__":
    main()
