"""What is timed, each in a process of its own on core 0: `python -m benchmarks.measure NAME SPEC`.

    worker        the production consumer over real units: queue, heartbeat, fetch-ahead, Parquet, receipts
    loop          one file at a time with boto3 and pandas, as most people would write it
    own_loop      the same loop with labeler's own reader and features for each file
    unavoidable   GET + CSV parse + predict on ready matrices, nothing else

Each prints one JSON line. What only one of them needs is imported by it: pandas would count as the worker's memory.
"""

import json
import os
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pyarrow as pa
from botocore.config import Config

from benchmarks.nginx_aws import BUCKET, BenchmarkAws
from labeler.aws import Aws
from labeler.messages import ModelPin, UnitReceipt
from labeler.models.bundle import LoadedModel, load
from labeler.settings import WorkerSettings
from labeler.storage import Bucket
from labeler.telemetry import get_logger
from labeler.transactions import task
from labeler.worker.consume import Consumer


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
    phases = {name: sum(receipt.stage_s.get(name, 0) for receipt in counted) for name in counted[0].stage_s}
    return {
        "elapsed_s": moments[-1] - moments[0],
        "files": sum(receipt.files for receipt in counted),
        "rows": sum(receipt.rows_labeled for receipt in counted),
        "bytes": sum(receipt.size_bytes for receipt in counted),
        "stage_s": phases,
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
    from benchmarks.unavoidable import time_parts

    store = BenchmarkAws(spec["endpoint"]).object_store(BUCKET)
    parts = time_parts(spec["keys"], store, model=_model(spec), settings=WorkerSettings.from_environment())
    return {"elapsed_s": sum(parts.values()), "files": len(spec["keys"]), "stage_s": parts}


MEASUREMENTS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "worker": worker,
    "loop": loop,
    "own_loop": own_loop,
    "unavoidable": unavoidable,
}


def main() -> None:
    os.sched_setaffinity(0, {0})
    pa.set_cpu_count(1)
    spec = json.loads(Path(sys.argv[2]).read_text())
    print(json.dumps(MEASUREMENTS[sys.argv[1]](spec)))


if __name__ == "__main__":
    main()
