"""The error tree says what a caller should do."""

import inspect

import pytest

from labeler import errors

TREE = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, errors.LabelerError)]


@pytest.mark.parametrize("kind", TREE)
def test_every_error_says_whether_to_try_again(kind: type[errors.LabelerError]) -> None:
    if kind in (errors.LabelerError, errors.NothingPassedError):
        return
    is_retryable, is_permanent = issubclass(kind, errors.RetryableError), issubclass(kind, errors.PermanentError)
    assert is_retryable != is_permanent
    assert kind.exit_code == (errors.EXIT_RETRYABLE if is_retryable else errors.EXIT_PERMANENT)


def test_a_gate_that_lets_nothing_pass_is_neither_a_failure_nor_success() -> None:
    """A DAG branches on it: trying again changes nothing, and nobody has to repair anything."""
    ends = {0, 2, errors.EXIT_BUG, errors.EXIT_PERMANENT, errors.EXIT_RETRYABLE}
    assert errors.NothingPassedError.exit_code == errors.EXIT_NOTHING_PASSED == 3
    assert errors.NothingPassedError.exit_code not in ends
    assert not issubclass(errors.NothingPassedError, errors.RetryableError | errors.PermanentError)


def test_the_picture_at_the_top_shows_every_error() -> None:
    drawn = errors.__doc__ or ""
    assert [kind.__name__ for kind in TREE if kind.__name__ not in drawn] == []


def test_an_error_tells_the_way_out() -> None:
    error = errors.RunNotFoundError("there is no run x", hint="look there")
    assert (str(error), error.message, error.hint) == (
        "there is no run x (look there)",
        "there is no run x",
        "look there",
    )
    assert str(errors.ThrottledError("slow")) == "slow"
