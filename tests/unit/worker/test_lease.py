"""Whatever is done with a lease in whatever order, it has one owner and ends once."""

from collections import Counter

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

from labeler.worker.lease import HELD, Lease, Leases, LeaseState

TIME_LIMIT_S = 10.0


def new_lease(received_at: float = 0.0) -> Lease:
    return Lease(body="{}", message_id="id", receipt_handle="handle", receive_count=1, received_at=received_at)


def held_lease() -> tuple[Leases, Lease]:
    leases, lease = Leases(time_limit_s=TIME_LIMIT_S), new_lease()
    assert leases.add(lease)
    return leases, lease


def test_claim_is_refused_once_the_lease_was_given_back() -> None:
    leases, lease = held_lease()

    assert leases.give_back(lease)

    assert not leases.claim(lease)
    assert lease.state is LeaseState.GIVEN_BACK


def test_only_the_first_of_two_calls_gives_a_lease_back() -> None:
    leases, lease = held_lease()

    assert [leases.give_back(lease), leases.give_back(lease)] == [True, False]


def test_drain_gives_back_unclaimed_leases_and_leaves_the_claimed_one_to_the_consumer() -> None:
    leases, in_work = held_lease()
    fetched = new_lease()
    leases.add(fetched)
    assert leases.claim(in_work)

    assert leases.drain() == [fetched]

    assert not leases.claim(fetched)
    assert leases.claim(in_work), "the next block of the unit in work"
    assert leases.held() == [in_work]


def test_lease_that_comes_after_the_drain_is_given_back_at_once() -> None:
    leases, late = Leases(time_limit_s=TIME_LIMIT_S), new_lease()
    leases.drain()

    assert not leases.add(late)

    assert not leases.claim(late)
    assert leases.held() == []


def test_lease_is_not_renewed_once_it_was_given_back_or_finished() -> None:
    leases, returned = held_lease()
    done = new_lease()
    leases.add(done)

    leases.give_back(returned)
    leases.finish(done)

    assert not leases.renew(returned, now=1)
    assert not leases.renew(done, now=1)


def test_unclaimed_lease_past_its_time_limit_is_not_renewed_and_may_still_be_claimed() -> None:
    leases, lease = held_lease()
    assert leases.renew(lease, now=TIME_LIMIT_S - 1)

    assert not leases.renew(lease, now=TIME_LIMIT_S)

    assert leases.held() == [lease], "or the prefetcher would receive the next one, and drop it, too"
    assert leases.claim(lease)


def test_claimed_lease_past_its_time_limit_is_not_renewed_and_may_still_finish() -> None:
    leases, lease = held_lease()
    leases.claim(lease)

    assert not leases.renew(lease, now=TIME_LIMIT_S)

    assert leases.claim(lease), "the next block"
    assert leases.finish(lease)


class LeaseMachine(RuleBasedStateMachine):
    """Every sequence of calls against the table of states that the module shows."""

    received = Bundle("received")

    def __init__(self) -> None:
        super().__init__()
        self.leases = Leases(time_limit_s=TIME_LIMIT_S)
        self.expected: dict[Lease, LeaseState] = {}
        self.calls: Counter[Lease] = Counter()
        """Returns and deletes of a message."""
        self.is_draining = False
        self.now = 0.0

    def ends(self, lease: Lease, state: LeaseState) -> bool:
        is_ending = self.expected[lease] in HELD
        if is_ending:
            self.expected[lease] = state
        return is_ending

    @rule(target=received)
    def receive(self) -> Lease:
        lease = new_lease(self.now)
        is_added = self.leases.add(lease)
        assert is_added is not self.is_draining
        self.expected[lease] = LeaseState.PREFETCHED if is_added else LeaseState.GIVEN_BACK
        self.calls[lease] += not is_added
        return lease

    @rule(lease=received)
    def claim(self, lease: Lease) -> None:
        is_held = self.expected[lease] in HELD
        assert self.leases.claim(lease) is is_held
        if is_held:
            self.expected[lease] = LeaseState.CLAIMED

    @rule(lease=received)
    def give_back(self, lease: Lease) -> None:
        is_given_back = self.leases.give_back(lease)
        assert is_given_back is self.ends(lease, LeaseState.GIVEN_BACK)
        self.calls[lease] += is_given_back

    @rule(lease=received)
    def finish(self, lease: Lease) -> None:
        is_finished = self.leases.finish(lease)
        assert is_finished is self.ends(lease, LeaseState.DELETED)
        self.calls[lease] += is_finished

    @rule(lease=received)
    def renew(self, lease: Lease) -> None:
        is_late = self.now - lease.received_at >= TIME_LIMIT_S
        assert self.leases.renew(lease, self.now) is (self.expected[lease] in HELD and not is_late)

    @rule(seconds=st.floats(0, TIME_LIMIT_S))
    def wait(self, seconds: float) -> None:
        self.now += seconds

    @rule()
    def drain(self) -> None:
        unclaimed = [lease for lease, state in self.expected.items() if state is LeaseState.PREFETCHED]
        assert self.leases.drain() == unclaimed
        self.is_draining = True
        for lease in unclaimed:
            self.expected[lease] = LeaseState.GIVEN_BACK
            self.calls[lease] += 1

    @invariant()
    def states_are_as_expected(self) -> None:
        assert {lease: lease.state for lease in self.expected} == self.expected
        assert self.leases.held() == [lease for lease, state in self.expected.items() if state in HELD]

    @invariant()
    def each_message_is_returned_or_deleted_at_most_once(self) -> None:
        for lease, state in self.expected.items():
            assert self.calls[lease] == (state in {LeaseState.DELETED, LeaseState.GIVEN_BACK})


TestLeaseMachine = LeaseMachine.TestCase
TestLeaseMachine.settings = settings(deadline=None, max_examples=60, stateful_step_count=30)
