"""Threads that reach for one lease at the same moment: exactly one of them gets it."""

import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from labeler.worker.lease import Lease, Leases, LeaseState

READING_S = 0.002
TIME_LIMIT_S = 10.0
ROUNDS = 10


class SlowLease(Lease):
    """It takes a moment to read its state, so that threads that don't exclude each other both see the old one."""

    @property
    def state(self) -> LeaseState:  # type: ignore[override]
        state = self._state
        time.sleep(READING_S)
        return state

    @state.setter
    def state(self, state: LeaseState) -> None:
        self._state = state


class SlowEvent(threading.Event):
    def is_set(self) -> bool:
        was_set = super().is_set()
        time.sleep(READING_S)
        return was_set


def slow_lease() -> Lease:
    return SlowLease(body="{}", message_id="id", receipt_handle="handle", receive_count=1, received_at=0.0)


@pytest.fixture(params=range(ROUNDS))
def leases(request: pytest.FixtureRequest) -> Leases:
    leases = Leases(time_limit_s=TIME_LIMIT_S)
    leases.draining = SlowEvent()
    return leases


@pytest.fixture
def lease(leases: Leases) -> Lease:
    lease = slow_lease()
    assert leases.add(lease)
    return lease


def race(*calls: Callable[[], Any]) -> list[Any]:
    """What each call answers when all start at the same moment, each of them a bit earlier in some rounds."""
    start = threading.Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        start.wait()
        time.sleep(random.uniform(0, READING_S))
        return call()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def test_either_the_consumer_claims_a_lease_or_the_drain_gives_it_back(leases: Leases, lease: Lease) -> None:
    is_claimed, returned = race(lambda: leases.claim(lease), leases.drain)

    assert returned == ([] if is_claimed else [lease])
    assert lease.state is (LeaseState.CLAIMED if is_claimed else LeaseState.GIVEN_BACK)


def test_a_lease_given_back_while_it_is_claimed_stays_given_back(leases: Leases, lease: Lease) -> None:
    _, is_given_back = race(lambda: leases.claim(lease), lambda: leases.give_back(lease))

    assert is_given_back
    assert not leases.claim(lease)


def test_one_of_many_that_end_a_lease_does_it(leases: Leases, lease: Lease) -> None:
    endings = race(*[lambda: leases.give_back(lease), lambda: leases.finish(lease)] * 3, lambda: bool(leases.drain()))

    assert endings.count(True) == 1


def test_a_lease_received_during_the_drain_is_given_back_by_one_of_both(leases: Leases) -> None:
    lease = slow_lease()

    is_added, returned = race(lambda: leases.add(lease), leases.drain)

    assert returned == ([lease] if is_added else [])
    assert not leases.claim(lease)
