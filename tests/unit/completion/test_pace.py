"""The pace of a run's workers, and the quantiles that its interval needs."""

import pytest

from labeler.completion.distributions import student_t95
from labeler.completion.pace import SettledUnit, observed_pace
from tests.unit.completion.progresses import at


def test_overlapping_units_of_one_worker_count_their_time_once() -> None:
    """The next unit is fetched while this one is computed: 40 s each, started every 20 s."""
    units = [SettledUnit("w", 1000, at(20 * n), at(20 * n + 40)) for n in range(20)]
    pace = observed_pace(units, at(20 * 19 + 40))
    assert pace is not None
    assert pace.unit_s == pytest.approx(20, rel=0.1)


@pytest.mark.parametrize(
    ("degrees", "exact"), [(2, 2.9200), (3, 2.3534), (5, 2.0150), (10, 1.8125), (30, 1.6973), (1000, 1.6464)]
)
def test_student_t95_is_close_to_the_exact_quantile(degrees: int, exact: float) -> None:
    assert student_t95(degrees) == pytest.approx(exact, rel=0.015)
