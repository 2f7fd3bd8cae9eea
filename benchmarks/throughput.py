"""`make bench`: a worker against a per-file loop and against the sum of the parts that nobody can avoid.

Every round times all three one after the other on the same core and the same files, so that the ratios of a
round share the machine's mood; the report gives medians and spread over the rounds.
"""

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import uuid
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from benchmarks.static_s3 import static_s3
from benchmarks.throughput_report import show, summarize
from labeler import layout
from labeler.experiment.training.first_model import quick_classifier, train_first_model
from labeler.messages import ModelPin, Pins, ReferencePin, WorkUnit
from labeler.models.artifacts import copy_model_to_runs
from labeler.models.promotion import PromotionRequest, promote
from labeler.run_index import FileEntry
from labeler.slices import write_slice
from labeler.task import RawFile
from labeler.transactions import task
from labeler_local.emulator.stack import LocalStack, local_stack
from labeler_local.synthetic import LIKE_REAL, generate

RUN_DATE = date(2020, 1, 1)
TRAINING_ACCOUNTS = 150
MEASUREMENTS = ("worker", "loop", "own_loop", "unavoidable")
BARS = {
    "ratio_to_per_file_loop": 15.0,
    "ratio_to_unavoidable": 1.5,
    "peak_worker_memory_mb": 700.0,
    "read_and_features_us_per_file": 250.0,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--files", type=int, default=2000, help="of a unit")
    parser.add_argument("--units", type=int, default=4, help="measured in a round, after one that warms up")
    parser.add_argument("--loop-files", type=int, default=100, help="that the per-file loop does in a round")
    parser.add_argument("--output", type=Path, default=Path("build/bench.json"))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="labeler-bench-") as scratch:
        report = run(Path(scratch), options)
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_text(json.dumps(report, indent=2) + "\n")
    show(report)
    print(f"written to {options.output}")


def run(directory: Path, options: argparse.Namespace) -> dict[str, Any]:
    root = directory / "root"
    keys = write_files(root / "raw", options.files)
    with static_s3(root, directory) as endpoint, local_stack(directory / "stack", is_dispatching=False) as stack:
        os.sched_setaffinity(0, {1})  # the local AWS and nginx share the other core
        report: dict[str, Any] = {"unit_files": options.files, "rounds": options.rounds, "models": {}}
        for name, classifier in models().items():
            pin = champion(stack, name, classifier)
            spec = {"endpoint": endpoint, "keys": keys, "pin": pin.model_dump(mode="json")}
            spec |= {"units": options.units + 1, "loop_files": options.loop_files}
            rounds = []
            for number in range(options.rounds):
                print(f"{name}: round {number + 1} of {options.rounds}", file=sys.stderr, flush=True)
                rounds.append(one_round(stack, directory, spec, root / "raw"))
            report["models"][name] = summarize(rounds)
    # the figures at the top are those of the champion that `labeler experiment run --quick` makes
    return {**next(iter(report["models"].values())), **report, "bars": BARS}


def models() -> dict[str, Any]:
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    linear = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=200))
    return {"quick champion (40 extra trees)": quick_classifier(), "logistic regression": linear}


def write_files(folder: Path, files: int) -> list[str]:
    folder.mkdir(parents=True)
    for name, body in generate(accounts=files, seed=3, with_labels=False, corruption=LIKE_REAL):
        (folder / name).write_bytes(body)
    return sorted(path.name for path in folder.iterdir())


def champion(stack: LocalStack, name: str, classifier: Any) -> ModelPin:
    files = [RawFile(*file) for file in generate(accounts=TRAINING_ACCOUNTS, seed=4, with_labels=True)]
    registry_uri = stack.manifest_settings.registry_uri
    print(f"training: {name}", file=sys.stderr, flush=True)
    model = train_first_model(
        files, task=task, registry_uri=registry_uri, model_name="transactions", classifier=classifier
    )
    request = PromotionRequest(by="the benchmark", at=datetime.now(UTC))
    promote(registry_uri, model.name, model.version, task=task, request=request)
    return copy_model_to_runs(registry_uri, "transactions", None, stack.runs)


def one_round(stack: LocalStack, directory: Path, spec: dict[str, Any], folder: Path) -> dict[str, Any]:
    send_units(stack, spec, folder)
    path = directory / "spec.json"
    path.write_text(json.dumps(spec))
    return {name: measure(stack, name, path) for name in MEASUREMENTS}


def send_units(stack: LocalStack, spec: dict[str, Any], folder: Path) -> None:
    """One unit of all files, as often as the round needs it, each in a run of its own so that no receipt stands in the way."""
    entries = [FileEntry(key, nginx_etag(folder / key), (folder / key).stat().st_size) for key in spec["keys"]]
    piece = write_slice(entries)
    stack.runs.put("bench/slice", piece.body)
    reference = task.default_reference()
    sha256 = hashlib.sha256(reference).hexdigest()
    stack.runs.put(layout.reference_key(sha256), reference)
    pins = Pins(
        model=ModelPin.model_validate(spec["pin"]),
        reference=ReferencePin(key=layout.reference_key(sha256), sha256=sha256, version="bench"),
    )
    for _ in range(spec["units"]):
        unit = WorkUnit(
            run_id=f"bench-{uuid.uuid4().hex[:12]}",
            run_date=RUN_DATE,
            unit_id=1,
            slice_key="bench/slice",
            slice_sha256=piece.sha256,
            files=len(entries),
            size_bytes=sum(entry.size_bytes for entry in entries),
            task=stack.worker_settings.task,
            pins=pins,
        )
        stack.aws.sqs.send_message(QueueUrl=stack.worker_settings.work_queue_url, MessageBody=unit.to_json())


def nginx_etag(path: Path) -> str:
    status = path.stat()
    return f"{int(status.st_mtime):x}-{status.st_size:x}"


def measure(stack: LocalStack, name: str, spec: Path) -> dict[str, Any]:
    one_thread = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.measure", name, str(spec)],
        env={**os.environ, **stack.environment(), **one_thread, "POWERTOOLS_LOG_LEVEL": "WARNING"},
        stdout=subprocess.PIPE,
        check=True,
    )
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


if __name__ == "__main__":
    main()
