"""The manifest function dies at one step after the other, and is called again each time."""

from collections.abc import Callable

import pytest

from labeler import layout
from labeler_local.emulator.faults import Call, Fault
from labeler_local.emulator.stack import FunctionFailedError
from tests.chaos.day import Day
from tests.chaos.ground_truth import corrupted


def is_put_of(part: str) -> Callable[[Call], bool]:
    return lambda call: call.service == "s3" and call.method == "PUT" and part in call.path


def is_action(name: str) -> Callable[[Call], bool]:
    return lambda call: call.action == name


STEPS: dict[str, Callable[[Call], bool]] = {
    "open": is_action("TransactWriteItems"),
    "upload the model": is_put_of("/models/"),
    "pin": is_put_of("/pins.json"),
    "list": lambda call: call.service == "s3" and call.method == "GET" and "landing" in call.query,
    "plan a unit": is_put_of("/slices/unit-00003"),
    "commit": is_put_of("/manifest.json"),
    "note": is_put_of("/seen/"),
    "send": is_action("SendMessageBatch"),
}


@pytest.mark.parametrize("is_applied", [False, True], ids=["before each step", "after each step"])
def test_a_manifest_that_dies_at_every_step_opens_one_run_with_every_file_once(day: Day, is_applied: bool) -> None:
    stack = day.stack
    stack.stop_dispatch()
    day.land(corrupted(60, seed=51))
    died = []
    for step, is_step in STEPS.items():
        # not retried by any client: the function ends there
        fault = stack.faults.add(Fault(is_step, 403, "AccessDenied", times=1, is_applied=is_applied))
        try:
            day.start()
        except FunctionFailedError:
            died.append(step)
        assert fault.hits == (step in died)
        stack.faults.clear()

    plan = day.start()
    stack.start_dispatch()

    assert len(died) >= len(STEPS) - 1, died
    assert [run.run_id for run in stack.ledger.runs()].count(day.run_id) == 1
    assert plan.files == len(day.expected) == sum(unit.files for unit in day.units())
    assert len(list(stack.runs.sizes(layout.landing_prefix(day.run_date, "seen")))) == 1
    day.reconciled()
    assert day.start().is_new is False
    day.reconciled()


def test_files_that_land_after_the_commit_of_a_dead_manifest_are_not_added_to_its_plan(day: Day) -> None:
    stack = day.stack
    on_time, late = corrupted(30, seed=52)[:25], corrupted(30, seed=52)[25:]
    day.land(on_time)
    stack.faults.add(Fault(STEPS["note"], 403, "AccessDenied", times=1))
    with pytest.raises(FunctionFailedError):
        day.start()
    committed = day.index
    stack.put_files({file.name: file.body for file in late}, day.run_date)

    plan = day.start()

    assert day.index == committed
    assert plan.files == len(on_time)
    day.reconciled()
