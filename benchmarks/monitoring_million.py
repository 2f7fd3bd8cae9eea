"""What a drift report of a run of a million rows costs: `python -m benchmarks.monitoring_million [accounts]`.

The run and its reference are published on a local AWS with the samples that workers would have left. Timed is
`labeler monitor run`, a process of its own, from its start to its end: samples, Evidently, verdict, snapshot. The bar is
60 s and 1 GB. The result goes to build/bench-monitoring.json.
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.ensemble import ExtraTreesClassifier

from labeler.layout import summary_key
from labeler.messages import ModelPin
from labeler.models.bundle import LoadedModel
from labeler.published import RunSummary
from labeler.settings import subprocess_environment
from labeler.storage import find_message
from labeler.task import RawFile
from labeler.transactions import task
from labeler_local.emulator.stack import local_stack
from labeler_local.synthetic import generate
from tests.integration.monitoring.month import Month

ACCOUNTS = 5_900
"""Statements have 170 rows on average."""
RESULT = Path("build/bench-monitoring.json")
MAX_S, MAX_MB = 60, 1024


def trained() -> LoadedModel:
    files = [RawFile(*file) for file in generate(accounts=60, seed=7, with_labels=True)]
    reading = task.read(files, with_labels=True)
    matrix = task.features(reading.table, task.parse_reference(task.default_reference()))
    assert reading.labels is not None
    forest = ExtraTreesClassifier(40, min_samples_leaf=5, n_jobs=1, random_state=0)
    forest.fit(matrix, np.array(reading.labels.to_pylist()))
    pin = ModelPin(name="transactions", version="1", key="m", sha256="a" * 64, features_digest=task.features_digest())
    return LoadedModel(forest, tuple(forest.classes_), pin)


def run(accounts: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as directory, local_stack(Path(directory), is_dispatching=False) as stack:
        month = Month(stack, trained())
        first, second = (month.publish(day, accounts=accounts) for day in (0, 1))
        summary = find_message(stack.runs, summary_key(second), RunSummary)
        assert summary is not None
        print(f"published: {summary.rows_labeled:,} rows in {summary.units} units")
        timed_evaluation(first)
        elapsed_s, report = timed_evaluation(second)
        return {
            "rows": summary.rows_labeled,
            "units": summary.units,
            "rows_sampled": report["rows_sampled"],
            "verdict": report["verdict"],
            "elapsed_s": round(elapsed_s, 1),
            "peak_mb": round(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024),
            "cpu_s": round(resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime, 1),
        }


def timed_evaluation(run_id: str) -> tuple[float, dict[str, Any]]:
    start = time.perf_counter()
    command = [sys.executable, "-m", "labeler", "monitor", "run", run_id, "--json"]
    done = subprocess.run(command, env=subprocess_environment(), stdout=subprocess.PIPE, check=True)
    return time.perf_counter() - start, json.loads(done.stdout)


def main() -> int:
    result = run(int(sys.argv[1]) if len(sys.argv) > 1 else ACCOUNTS)
    is_within = result["elapsed_s"] < MAX_S and result["peak_mb"] < MAX_MB
    RESULT.parent.mkdir(parents=True, exist_ok=True)
    RESULT.write_text(json.dumps({**result, "is_within_bars": is_within}, indent=2) + "\n")
    print(json.dumps(result), "->", RESULT)
    return 0 if is_within else 1


if __name__ == "__main__":
    sys.exit(main())
