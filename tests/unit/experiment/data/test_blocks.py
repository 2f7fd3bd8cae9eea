"""Blocks through one function: in their order, in one process or several, and with errors that tell no values."""

import itertools
import os

import pytest

from labeler.errors import InputInvalidError, LabelerError, PermanentError
from labeler.experiment.data.blocks import of_files, run_blocks
from labeler.task import RawFile


def doubled(job: int) -> tuple[int, int]:
    return job * 2, os.getpid()


def refusing(job: int) -> int:
    if job == 3:
        raise InputInvalidError("three", hint="give another")
    return job


def dying(job: int) -> int:
    os._exit(9)


@pytest.mark.parametrize("processes", [1, 2])
def test_results_come_in_the_order_of_the_jobs(processes: int) -> None:
    found = list(run_blocks(doubled, range(20), processes=processes))

    assert [value for value, _ in found] == list(range(0, 40, 2))
    assert (os.getpid() in {process for _, process in found}) == (processes == 1)


def test_jobs_are_taken_only_as_they_are_needed() -> None:
    """An endless listing: memory is bounded by the jobs on their way."""
    taken = itertools.count()
    running = run_blocks(doubled, taken, processes=2)

    assert next(running)[0] == 0
    running.close()

    assert next(taken) < 10


@pytest.mark.parametrize("processes", [1, 2])
def test_an_error_keeps_its_kind_and_its_way_out(processes: int) -> None:
    with pytest.raises(InputInvalidError) as refused:
        list(run_blocks(refusing, range(6), processes=processes))

    assert (refused.value.message, refused.value.hint) == ("three", "give another")


def test_a_killed_process_is_said() -> None:
    with pytest.raises(PermanentError, match="was killed"):
        list(run_blocks(dying, range(3), processes=2))


def test_a_bug_of_the_task_names_the_file_and_the_place_but_no_value() -> None:
    def compute(files: list[RawFile]) -> int:
        return sum(int(file.body) for file in files)

    files = [RawFile("a.csv", b"1"), RawFile("b.csv", b"secret"), RawFile("c.csv", b"3")]
    assert of_files(compute, files[:1]) == 1
    with pytest.raises(LabelerError) as failed:
        of_files(compute, files)

    assert "b.csv: ValueError at test_blocks.py:" in failed.value.message
    assert "secret" not in str(failed.value)
    assert failed.value.__cause__ is None
    assert failed.value.__suppress_context__
    assert failed.value.exit_code == 1
