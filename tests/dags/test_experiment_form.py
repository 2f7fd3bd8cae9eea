"""The arguments that an experiment's form gives its commands; test_experiment.py runs them."""

from typing import Any

import pytest

COMMAND = ["experiment", "prepare"]
FORM = {"statements": "s3://labeled", "pattern": "*.csv", "first_day": None, "last_day": None}


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        ({}, []),
        ({"first_day": "2026-03-01"}, ["--first-day", "2026-03-01"]),
        (
            {"first_day": "2026-03-01", "last_day": "2026-03-31"},
            ["--first-day", "2026-03-01", "--last-day", "2026-03-31"],
        ),
    ],
)
def test_form_passes_each_end_of_the_day_range_that_is_set(days: dict[str, Any], expected: list[str]) -> None:
    from labeling.experiments import file_arguments

    arguments = file_arguments.function(COMMAND, params=FORM | days)

    assert arguments == [*COMMAND, "--statements", "s3://labeled", "--pattern", "*.csv", *expected]
