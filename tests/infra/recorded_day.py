"""Two days on the local AWS with everything that may happen to them, and what IAM would be asked for each call.

    .venv/bin/python -m tests.infra.recorded_day FILE    writes {"needs": {role: [[action, resource, namespace], ...]}, ...}

It needs labeler's environment, and Airflow's for the alarms of its DAGs; the tests that read FILE need the CDK's. The
caller is known by the access key, which each process here has of its own as it has a role of its own on AWS, and inside
a function by which function runs.
"""

import contextlib
import json
import os
import shutil
import sys
import tempfile
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labeler.slices import read_slice
from labeler_local.emulator.faults import Fault
from labeler_local.emulator.stack import FunctionFailedError, local_stack
from labeler_local.synthetic import REJECTABLE, generate_with_ground_truth
from tests.champion import TrainedChampion, train
from tests.infra import mishaps, recorded_jobs
from tests.infra.mishaps import conflict, index_of, require_generation
from tests.infra.recorder import Actors, Recorder

if TYPE_CHECKING:
    from labeler_local.emulator.stack import LocalStack

FIRST, SECOND = date(2026, 3, 1), date(2026, 3, 2)
FILES = 24
UNIT_FILES = 4
OPTIONS: dict[str, Any] = {
    "is_dispatching": False,
    "visibility_timeout_s": 3,
    "max_receives": 3,
    "retry_delay_s": 1,
    "failed_unit_delay_s": 0,
    "completion_visibility_timeout_s": 1,
    "unit_max_files": UNIT_FILES,
    "lookback_days": 1,
    "failure_tolerance": 0.5,
    "min_coverage": 0.0,
}
PLAIN = {date(2026, 4, 1): 3 * UNIT_FILES, date(2026, 5, 1): 9 * UNIT_FILES}
"""Days on which nothing happens, and their files: what more units cost is the difference."""


def record(directory: Path, champion: TrainedChampion) -> dict[str, Any]:
    with local_stack(directory, **OPTIONS, registry_uri=champion.registry_uri) as stack:
        recorder = Recorder(stack)
        actors = Actors(stack, recorder)
        for day in (FIRST, SECOND):
            stack.put_files(statements_of(day), day)
        first_day(stack, actors)
        second_day(stack, actors)
        plain = [plain_day(stack, actors, recorder, day, files) for day, files in PLAIN.items()]
        recorded_jobs.record_people(actors)
        recorded_jobs.record_monitoring(
            stack, actors, directory, days=(FIRST, SECOND), ground_truth=statements_of(SECOND, with_labels=True)
        )
        recorded_jobs.record_training(stack, actors, directory)
        recorded_jobs.record_airflow_alarm(stack, directory)
    if recorder.faults:
        raise recorder.faults[0]
    needs = {role: sorted(counts) for role, counts in recorder.needs.items()}
    return {"needs": needs, "plain": plain}


def statements_of(day: date, *, files: int = FILES, with_labels: bool = False) -> dict[str, bytes]:
    """Statements with some of everything that is wrong in real life, by name."""
    statements = generate_with_ground_truth(
        accounts=files, seed=day.toordinal(), with_labels=with_labels, corruption=REJECTABLE
    )
    return {f"{day}-{file.name}": file.body for file in statements}


def first_day(stack: "LocalStack", actors: Actors) -> None:
    """Other writers in between, a duplicate start, a long unit, a poison unit; redriven, and completion publishes."""
    for part in ("/models/", "/reference/", "/pins.json", "/manifest.json"):
        stack.faults.add(conflict(part))
    actors.airflow_opens(FIRST)
    actors.labeler("Operator", "run", "start", "--date", FIRST.isoformat())
    poisoned = mishaps.spoil(stack, FIRST)
    unit = index_of(stack, FIRST).units[1]
    vanished, *_ = read_slice(stack.runs.get(unit.slice_key), unit.slice_sha256)
    stack.raw.delete([vanished.key])
    for part in ("/labels/", "/quarantine/", "/samples/", "/receipts/"):
        stack.faults.add(conflict(part))
    stack.faults.add(Fault(lambda call: call.path.startswith("/labeler-raw/"), status=None, delay_s=2.0, times=1))
    stack.faults.add(Fault(mishaps.is_receipt_put, status=403, code="AccessDenied", times=1, is_applied=True))
    actors.work()
    mishaps.beaten_to_the_receipt(stack, actors, FIRST)
    actors.complete()
    mishaps.leave_behind(stack, FIRST)
    stack.tick()  # the dead letter is settled; the tick publishes
    actors.labeler("Operator", "run", "watch", FIRST.isoformat())
    mishaps.repair(stack, poisoned)
    actors.labeler("Operator", "run", "redrive", FIRST.isoformat())
    actors.work()
    mishaps.leave_behind(stack, FIRST)
    stack.faults.add(conflict("/generations/"))
    actors.complete()
    require_generation(stack, FIRST, 2)


def second_day(stack: "LocalStack", actors: Actors) -> None:
    """A crash of the manifest, lost events, a dead letter that is gone: sent anew, and the tick publishes."""
    stack.faults.add(Fault(lambda call: call.action == "SendMessageBatch", 403, "AccessDenied", times=1))
    with contextlib.suppress(FunctionFailedError):
        actors.airflow_opens(SECOND)
    actors.airflow_opens(SECOND)
    poisoned = mishaps.spoil(stack, SECOND)
    actors.work()
    mishaps.lose_events(stack)
    stack.tick()
    require_generation(stack, SECOND, 1)
    mishaps.repair(stack, poisoned)
    url = stack.resources.dead_letter_queue.url
    for letter in stack.aws.sqs.receive_message(QueueUrl=url)["Messages"]:
        stack.aws.sqs.delete_message(QueueUrl=url, ReceiptHandle=letter["ReceiptHandle"])
    actors.labeler("Operator", "run", "redrive", SECOND.isoformat())
    actors.work()
    mishaps.lose_events(stack)
    stack.faults.add(conflict("/generations/"))
    stack.tick()
    require_generation(stack, SECOND, 2)
    for day in (FIRST, SECOND):
        actors.airflow_looks(day)
    with contextlib.suppress(FunctionFailedError):  # a backfill keeps off a day that is published
        actors.airflow_opens(SECOND, kind="backfill")


def plain_day(
    stack: "LocalStack", actors: Actors, recorder: Recorder, day: date, files: int
) -> dict[str, dict[str, int]]:
    """On which nothing happens; what it took, by role and action."""
    stack.put_files(statements_of(day, files=files), day)
    before = recorder.counted()
    actors.airflow_opens(day)
    actors.work()
    actors.complete()
    stack.tick()
    require_generation(stack, day, 1)
    units = len(index_of(stack, day).units)
    spent = {
        role: {action: count - before[role].get(action, 0) for action, count in counts.items()}
        for role, counts in recorder.counted().items()
    }
    return {**spent, "day": {"units": units, "files": files}}


def main(target: Path) -> None:
    root = Path.cwd()
    with tempfile.TemporaryDirectory(prefix="recorded-day-") as place:
        os.chdir(place)
        for name in ("params.yaml", "gate.yaml"):
            shutil.copy(root / name, name)
        recorded = record(Path(place), train(Path(place)))
        os.chdir(root)
    target.write_text(json.dumps(recorded, indent=1))


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
