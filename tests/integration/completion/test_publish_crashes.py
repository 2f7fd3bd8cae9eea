"""Publishers that die at any AWS call, or race each other."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from labeler import layout
from labeler.messages import RunState


class KilledError(Exception):
    pass


def killed_at(stack: Any, call: int) -> Any:
    """From the `call`-th AWS call on, every call raises. Returns a function that ends this and returns the number of calls."""
    count, lock = [0], threading.Lock()

    def hook(**_: Any) -> None:
        with lock:
            count[0] += 1
            if count[0] >= call:
                raise KilledError

    clients = (stack.aws.s3, stack.aws.dynamodb, stack.aws.glue)
    for client in clients:
        client.meta.events.register("before-call", hook)

    def revive() -> int:
        for client in clients:
            client.meta.events.unregister("before-call", hook)
        return count[0]

    return revive


@pytest.mark.chaos
def test_next_publisher_finishes_one_that_died_at_any_aws_call(make_run: Any) -> None:
    def prepared(kind: str) -> Any:
        run = make_run(units=2, kind=kind, tolerance=1)
        run.output(layout.LABELS, 1, b"lost race", 5)
        return run.settled(done=(1,), dead=(2,))

    def comparable(run: Any) -> list[bytes]:
        names = layout.summary_key(run.run_id), layout.generation_key(run.run_id, 1)
        objects = [run.stack.runs.get(name) for name in names]
        return [body.replace(run.run_id.encode(), b"RUN") for body in objects] + [
            str(len(run.label_keys)).encode(),
            str(run.record.model_copy(update={"run_id": ""})).encode(),
        ]

    whole = prepared("whole")
    assert whole.publish()
    expected, call = comparable(whole), 0
    while True:
        call += 1
        run = prepared(f"crash{call}")
        revive = killed_at(run.stack, call)
        try:
            run.publish()
        except KilledError:
            pass
        finally:
            calls = revive()
        if calls < call:
            break
        run.publish()
        assert comparable(run) == expected, f"dead at call {call}"
    assert call > 12
    assert len(whole.partitions) == call + 1


@pytest.mark.chaos
@pytest.mark.usefixtures("isolated_ledger")
def test_racing_publishers_write_the_same_and_one_closes_the_run(run: Any) -> None:
    run.settled(done=(1, 2, 3))
    barrier = threading.Barrier(4)

    def one(_: int) -> Any:
        barrier.wait()
        return run.publish()

    with ThreadPoolExecutor(4) as pool:
        closed = [summary for summary in pool.map(one, range(4)) if summary]
    assert len(closed) == 1
    assert run.summary == closed[0] == run.generation(1).summary
    assert len(run.partitions) == 1
    assert run.record.state is RunState.COMPLETE
