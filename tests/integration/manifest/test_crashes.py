"""The process dies at each call to AWS in turn, then somebody calls again."""

import threading
from collections import Counter
from datetime import date, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

import boto3
import botocore.session
import pytest

from labeler import layout
from labeler.aws import Aws
from labeler.errors import AccessDeniedError
from labeler.manifest import discovery
from labeler.messages import Pins, RunState
from labeler.run_index import RunIndex
from labeler_local.emulator.environment import ACCESS_KEY, REGION
from labeler_local.emulator.faults import Call, Fault

if TYPE_CHECKING:
    from tests.integration.manifest.conftest import Manifest

NOW = datetime.fromisoformat("2026-11-23T05:00:00Z")
DAY = date(2026, 1, 10)
FILES = {f"acct-{number}.csv": b"row\n" for number in range(3)}
SMALL = {"unit_max_files": 2, "lookback_days": 0}


class CrashError(BaseException):
    """Not an Exception: nothing in the process may catch it, as nothing catches SIGKILL."""


class MortalAws(Aws):
    """Dies before its n-th call; a dead process makes no call after that either."""

    def __init__(self, endpoint: str) -> None:
        core = botocore.session.Session()
        core.set_config_variable("endpoint_url", endpoint)
        core.set_credentials(ACCESS_KEY, ACCESS_KEY)
        core.register("before-call", self._count)
        super().__init__(boto3.Session(botocore_session=core, region_name=REGION))
        self._lock = threading.Lock()
        self.dies_before = 0
        self.died_at = ""

    def _count(self, model: Any, **_: object) -> None:
        with self._lock:
            self.dies_before -= 1
            if self.dies_before <= 0:
                self.died_at = self.died_at or model.name
                raise CrashError


def is_index(call: Call) -> bool:
    return call.method == "PUT" and call.path.endswith("/manifest.json")


def was_committed(manifest: "Manifest", day: date) -> bool:
    return manifest.stack.runs.has(layout.index_key(layout.run_id(day)))


@pytest.fixture
def deaths(manifest: "Manifest", monkeypatch: pytest.MonkeyPatch) -> list[tuple[date, str]]:
    """A run that died at each call that a run makes: (run_date, the call)."""
    monkeypatch.setattr(discovery, "listing_client", cache(discovery.listing_client))
    aws, died = MortalAws(manifest.stack.endpoint), []
    while True:
        # far enough apart that no look-back window reaches another day
        day = DAY + timedelta(days=10 * len(died))
        manifest.stack.put_files(FILES, day)
        aws.dies_before, aws.died_at = len(died) + 1, ""
        try:
            manifest.start(day, aws=aws, **SMALL)
        except CrashError:
            died.append((day, aws.died_at))
        else:
            assert len(died) > 15
            return died


@pytest.mark.chaos
def test_calling_again_finishes_a_run_that_crashed_at_any_aws_call(
    manifest: "Manifest", deaths: list[tuple[date, str]]
) -> None:
    before = manifest.dispatched()

    for day, operation in deaths:
        keys = [f"{layout.landing_prefix(day)}{name}" for name in FILES]
        pins_before = manifest.stack.runs.find(layout.pins_key(layout.run_id(day)))
        if was_committed(manifest, day):
            # the next day's run may come first: it repairs what the dead one left, and takes nothing twice
            assert manifest.start(day + timedelta(days=1), lookback_days=1).files == 0, operation
        else:
            keys += manifest.stack.put_files({"late.csv": b"row\n"}, day)

        plan = manifest.start(day, now=NOW + timedelta(hours=1), **SMALL)

        units = [unit for unit in before if unit.run_date == day] + manifest.dispatched()
        index = RunIndex.parse(manifest.stack.runs.get(plan.index_key), source=plan.index_key)
        assert manifest.files_of(units) == keys, operation
        assert sum(unit.files for unit in index.units) == index.files == plan.files == len(keys)
        assert {unit.unit_id for unit in units} == {unit.unit_id for unit in index.units}
        assert max(Counter(unit.unit_id for unit in units).values()) <= 2
        assert all(unit.pins == index.pins for unit in units)
        assert pins_before is None or Pins.parse(pins_before, source="pins") == index.pins
        record = manifest.stack.ledger.run(plan.run_id)
        assert (record.state, record.units_dispatched, record.files) == (RunState.RUNNING, plan.units, index.files)

    operations = {operation for _, operation in deaths}
    assert operations >= {"TransactWriteItems", "GetObject", "PutObject", "ListObjectsV2", "SendMessageBatch"}
    assert {was_committed(manifest, day) for day, _ in deaths} == {True}


@pytest.mark.chaos
def test_next_run_takes_the_files_of_a_run_that_died_before_its_commit(
    manifest: "Manifest", monkeypatch: pytest.MonkeyPatch
) -> None:
    manifest.stack.put_files(FILES, DAY)
    manifest.stack.faults.add(Fault(is_index, 403, "AccessDenied"))
    with pytest.raises(AccessDeniedError):
        manifest.start(DAY)
    manifest.stack.faults.clear()

    next_day = manifest.start(DAY + timedelta(days=1))

    assert next_day.files == len(FILES)
    assert manifest.start(DAY).files == 0


@pytest.mark.chaos
def test_lost_responses_and_throttling_lose_no_file_and_no_unit(manifest: "Manifest") -> None:
    keys = manifest.stack.put_files({f"acct-{number:03d}.csv": b"row\n" for number in range(30)}, DAY)
    manifest.stack.faults.add(Fault(lambda call: call.service == "s3", probability=0.05, seed=1))
    manifest.stack.faults.add(
        Fault(lambda call: call.action == "SendMessageBatch", 500, "InternalError", times=1, is_applied=True)
    )
    manifest.stack.faults.add(Fault(lambda call: call.action == "TransactWriteItems", 500, "InternalError", times=1))

    plan = manifest.start(DAY)

    manifest.stack.faults.clear()
    units = manifest.dispatched()
    assert manifest.files_of(units) == sorted(keys)
    assert {unit.unit_id for unit in units} == set(range(1, plan.units + 1))


@pytest.mark.chaos
def test_run_that_was_denied_access_continues_once_access_is_granted(manifest: "Manifest") -> None:
    keys = manifest.stack.put_files(FILES, DAY)

    manifest.stack.faults.add(Fault(is_index, 403, "AccessDenied"))
    with pytest.raises(AccessDeniedError):
        manifest.start(DAY)
    assert manifest.dispatched() == []
    manifest.stack.faults.clear()

    plan = manifest.start(DAY)

    assert (plan.files, manifest.files_of(manifest.dispatched())) == (3, sorted(keys))
