"""Who owns a message in hand: one state for each lease, changed only here and under one lock.

    PREFETCHED -> CLAIMED     claim, by the consumer
    PREFETCHED -> GIVEN_BACK  drain, on whatever thread
    PREFETCHED -> DELETED     finish, by the prefetcher: the unit had a receipt before
    CLAIMED    -> DELETED     finish, by the consumer: the receipt is written
    CLAIMED    -> GIVEN_BACK  give_back, by the consumer: the unit failed, or the drain timed out

The lock is held for the change alone, never during a call of SQS. Whoever made the change makes the call after it, so a
message is returned or deleted once and by one thread.
"""

import threading
from dataclasses import dataclass, field
from enum import Enum


class LeaseState(Enum):
    PREFETCHED = "prefetched"
    """Its files are being fetched, or wait for the consumer."""
    CLAIMED = "claimed"
    """The consumer works on it."""
    DELETED = "deleted"
    GIVEN_BACK = "given back"


HELD = (LeaseState.PREFETCHED, LeaseState.CLAIMED)


@dataclass(eq=False)
class Lease:
    """One message in hand."""

    body: str
    message_id: str
    receipt_handle: str
    receive_count: int
    received_at: float
    """As `time.monotonic` counts."""
    state: LeaseState = LeaseState.PREFETCHED
    extending: threading.Lock = field(default_factory=threading.Lock, repr=False)
    """Held while the heartbeat extends the visibility: see `WorkQueue`."""

    @property
    def is_held(self) -> bool:
        """A hint for who waits; only the answers of `Leases` decide."""
        return self.state in HELD


class Leases:
    """All leases of a worker. No other class changes a lease's state."""

    def __init__(self, *, time_limit_s: float) -> None:
        self.draining = threading.Event()
        self._time_limit_s = time_limit_s
        self._held: list[Lease] = []
        self._lock = threading.Lock()

    def add(self, lease: Lease) -> bool:
        """False when it came after the drain: it counts as given back."""
        with self._lock:
            if self.draining.is_set():
                lease.state = LeaseState.GIVEN_BACK
                return False
            self._held.append(lease)
            return True

    def held(self) -> list[Lease]:
        with self._lock:
            return list(self._held)

    def claim(self, lease: Lease) -> bool:
        """Before each step of the work on it; False when it is not held any more: no work may start or go on then."""
        with self._lock:
            if lease.state is LeaseState.PREFETCHED:
                lease.state = LeaseState.CLAIMED
            return lease.state is LeaseState.CLAIMED

    def give_back(self, lease: Lease) -> bool:
        """Whether this call did it: then the caller returns the message to the queue."""
        with self._lock:
            return self._end(lease, LeaseState.GIVEN_BACK)

    def finish(self, lease: Lease) -> bool:
        """Whether this call did it: then the caller deletes the message, whose receipt is written."""
        with self._lock:
            return self._end(lease, LeaseState.DELETED)

    def drain(self) -> list[Lease]:
        """Gives back every lease that nobody claimed: the caller returns these. Later claims and leases are refused."""
        with self._lock:
            self.draining.set()
            unclaimed = [lease for lease in self._held if lease.state is LeaseState.PREFETCHED]
            for lease in unclaimed:
                self._end(lease, LeaseState.GIVEN_BACK)
            return unclaimed

    def renew(self, lease: Lease, now: float) -> bool:
        """Whether the heartbeat extends it once more.

        Not past its time limit, since a unit that hangs must not be defended for ever: it goes to another worker, then
        to a person. It stays held and may still finish; the first receipt counts. Were it dropped here, the prefetcher
        of a worker that hangs would receive and drop one healthy unit after the other until all are dead letters.
        """
        with self._lock:
            return now - lease.received_at < self._time_limit_s and lease.state in HELD

    def _end(self, lease: Lease, state: LeaseState) -> bool:
        """The caller has the lock."""
        if lease.state not in HELD:
            return False
        lease.state = state
        self._held.remove(lease)
        return True
