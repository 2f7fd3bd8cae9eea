"""What an experiment's form makes of its commands; test_experiment.py runs them."""

from typing import Any

import pytest

GIVEN = ["experiment", "prepare"]
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
def test_a_range_of_days_is_handed_on_and_an_open_end_is_not(days: dict[str, Any], expected: list[str]) -> None:
    from labeling.experiments import file_arguments

    found = file_arguments.function(GIVEN, params=FORM | days)

    assert found == [*GIVEN, "--statements", "s3://labeled", "--pattern", "*.csv", *expected]
