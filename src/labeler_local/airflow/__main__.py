"""`make airflow`: everything on this machine until Ctrl-C."""

import argparse
import signal
import sys
import tempfile
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

from labeler_local.airflow.pipeline import running_pipeline
from labeler_local.airflow.processes import StartError
from labeler_local.airflow.server import running_airflow


def main() -> int:
    """The exit code."""
    parser = argparse.ArgumentParser(prog="make airflow", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="of the page; 0 takes a free one")
    parser.add_argument("--files", type=int, default=50, help="statements that land for each of the last two days")
    arguments = parser.parse_args()
    leave = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: leave.set())
    try:
        with tempfile.TemporaryDirectory(prefix="labeler-airflow-") as scratch:
            run(Path(scratch), arguments.port, arguments.files, leave)
    except StartError as error:
        show(f"it did not start: {error}")
        return 1
    return 0


def run(directory: Path, port: int, files: int, leave: threading.Event) -> None:
    show("the local AWS and a champion start: about 20 s")
    with running_pipeline(directory) as pipeline:
        pipeline.train_champion()
        for days_ago in (1, 2):
            pipeline.land(str(datetime.now(UTC).date() - timedelta(days=days_ago)), files=files, seed=days_ago)
        show("Airflow starts: about 30 s")
        with running_airflow(pipeline, port=port) as airflow:
            show(f"the page: {airflow.url}")
            show(f"its log: {airflow.home / 'standalone.log'}")
            show("the newest day is being labeled; Ctrl-C ends everything, and what it holds goes with it")
            leave.wait()
            show("stopping")


def show(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
