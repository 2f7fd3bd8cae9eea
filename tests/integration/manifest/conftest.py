"""A stack with a champion that costs nothing, and the calls that tests of the manifest make."""

import hashlib
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from labeler import layout
from labeler.aws import Aws
from labeler.manifest.start_run import start_run
from labeler.messages import ModelPin, RunPlan, StartRun, WorkUnit
from labeler.slices import read_slice
from labeler.storage import Bucket

if TYPE_CHECKING:
    from labeler_local.emulator.stack import LocalStack

NOW = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
DAY = date(2026, 11, 23)
YESTERDAY = DAY - timedelta(days=1)
FILES = {f"acct-{number:03d}.csv": b"row\n" * (number + 1) for number in range(25)}


def copy_toy_model(_uri: str, name: str, version: str | None, runs: Bucket) -> ModelPin:
    """What copying the champion from a registry does, without a registry."""
    sha256 = hashlib.sha256(name.encode()).hexdigest()
    runs.put_once(layout.model_key(sha256), name.encode())
    return ModelPin(
        name=name, version=version or "7", key=layout.model_key(sha256), sha256=sha256, features_digest="f" * 64
    )


class Manifest:
    """Starts runs on a stack and reads their results."""

    def __init__(self, stack: "LocalStack") -> None:
        self.stack = stack
        stack.runs.put(layout.REFERENCE_CURRENT, b'{"version": "2026.1"}')

    def start(
        self,
        run_date: date,
        *,
        aws: Aws | None = None,
        kind: str = "daily",
        model_version: str | None = None,
        keep_published: bool = True,
        now: datetime = NOW,
        pin_champion: Callable[[str, str, str | None, Bucket], ModelPin] = copy_toy_model,
        **changed: object,
    ) -> RunPlan:
        return start_run(
            StartRun(run_date=run_date, kind=kind, model_version=model_version, keep_published=keep_published),
            settings=self.stack.manifest_settings.model_copy(update=changed),
            aws=aws or self.stack.aws,
            now=now,
            pin_champion=pin_champion,
        )

    def dispatched(self) -> list[WorkUnit]:
        """Takes every message off the queue."""
        units = []
        queue = self.stack.resources.work_queue.url
        while messages := self.stack.aws.sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                units.append(WorkUnit.parse(message["Body"], source="a message"))
                self.stack.aws.sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
        return units

    def files_of(self, units: list[WorkUnit]) -> list[str]:
        """The keys that the units name, a message that came twice counted once."""
        slices = {(unit.unit_id, unit.slice_key, unit.slice_sha256) for unit in units}
        return sorted(entry.key for _, key, sha256 in slices for entry in read_slice(self.stack.runs.get(key), sha256))


@pytest.fixture
def manifest(stack: "LocalStack") -> Manifest:
    return Manifest(stack)
