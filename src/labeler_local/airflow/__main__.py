"""`make airflow`: everything on this machine until Ctrl-C."""

import argparse
import signal
import sys
import tempfile
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

from labeler_local.airflow.pipeline import pipeline
from labeler_local.airflow.processes import StartError
from labeler_local.airflow.server import airflow


def main() -> int:
    """The exit code."""
    options = argparse.ArgumentParser(prog="make airflow", description=__doc__)
    options.add_argument("--port", type=int, default=0, help="of the page; 0 takes a free one")
    options.add_argument("--files", type=int, default=50, help="statements that land for each of the last two days")
    given = options.parse_args()
    leave = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: leave.set())
    try:
        with tempfile.TemporaryDirectory(prefix="labeler-airflow-") as scratch:
            show(Path(scratch), given.port, given.files, leave)
    except StartError as error:
        say(f"it did not start: {error}")
        return 1
    return 0


def show(directory: Path, port: int, files: int, leave: threading.Event) -> None:
    say("the local AWS and a champion start: about 20 s")
    with pipeline(directory) as found:
        found.train_champion()
        for back in (1, 2):
            found.land(str(datetime.now(UTC).date() - timedelta(days=back)), files=files, seed=back)
        say("Airflow starts: about 30 s")
        with airflow(found, port=port) as running:
            say(f"the page: {running.url}")
            say(f"its log: {running.home / 'standalone.log'}")
            say("the newest day is being labeled; Ctrl-C ends everything, and what it holds goes with it")
            leave.wait()
            say("stopping")


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
