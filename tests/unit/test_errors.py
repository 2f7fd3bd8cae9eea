"""The error tree says what a caller should do."""

import inspect

import pytest

from labeler import errors

ERRORS = [
    error_type
    for _, error_type in inspect.getmembers(errors, inspect.isclass)
    if issubclass(error_type, errors.LabelerError)
]


@pytest.mark.parametrize("error_type", ERRORS)
def test_every_error_is_either_retryable_or_permanent(error_type: type[errors.LabelerError]) -> None:
    if error_type in (errors.LabelerError, errors.NothingPassedError):
        return
    is_retryable = issubclass(error_type, errors.RetryableError)
    is_permanent = issubclass(error_type, errors.PermanentError)
    assert is_retryable != is_permanent
    assert error_type.exit_code == (errors.EXIT_RETRYABLE if is_retryable else errors.EXIT_PERMANENT)


def test_nothing_passed_error_has_an_exit_code_of_its_own() -> None:
    """A DAG branches on it: trying again changes nothing, and nobody has to repair anything."""
    other_codes = {0, 2, errors.EXIT_BUG, errors.EXIT_PERMANENT, errors.EXIT_RETRYABLE}
    assert errors.NothingPassedError.exit_code == errors.EXIT_NOTHING_PASSED == 3
    assert errors.NothingPassedError.exit_code not in other_codes
    assert not issubclass(errors.NothingPassedError, errors.RetryableError | errors.PermanentError)


def test_error_tree_in_the_docstring_lists_every_error() -> None:
    tree = errors.__doc__ or ""
    assert [error_type.__name__ for error_type in ERRORS if error_type.__name__ not in tree] == []


def test_error_text_includes_the_hint() -> None:
    error = errors.RunNotFoundError("there is no run x", hint="look there")
    assert (str(error), error.message, error.hint) == (
        "there is no run x (look there)",
        "there is no run x",
        "look there",
    )
    assert str(errors.ThrottledError("slow")) == "slow"
