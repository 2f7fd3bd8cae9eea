"""How often a plain day is called drifted: measured, for an alarm that rings for nothing is soon not heard."""

from collections import Counter
from collections.abc import Callable

import pytest

from labeler.monitoring.reports import DriftVerdict
from labeler.monitoring.thresholds import Thresholds
from tests.integration.monitoring.month import Month

DAYS = 50
MAX_FALSE_ALARMS = 1
"""Two percent of plain days."""
SEED = 9000
"""Not the days by which the distances of monitoring.yaml were chosen."""


@pytest.mark.monitoring
@pytest.mark.timeout(3600)
def test_at_most_one_of_fifty_plain_days_is_called_drifted(open_month: Callable[[Thresholds], Month]) -> None:
    """A run of a thousand accounts is a small one: one of millions differs less from the next."""
    month = open_month(Thresholds(sample_rows=4_000))
    month.evaluate(month.publish(0, accounts=3000, seed=SEED))
    flags: Counter[str] = Counter()
    false_alarms = []
    nearest: dict[str, float] = {}
    for day in range(1, DAYS + 1):
        report = month.evaluate(month.publish(day, accounts=1000, seed=SEED))
        assert report.verdict is not DriftVerdict.UNJUDGED
        if report.verdict is DriftVerdict.DRIFTED:
            false_alarms.append(day)
            flags.update(report.flags)
        every = [*report.features, report.label, report.confidence, report.rejects]
        for column in (one for one in every if one and one.is_watched):
            nearest[column.column] = max(nearest.get(column.column, 0.0), column.score / column.threshold)
    assert len(nearest) > 40
    closest = sorted(nearest.items(), key=lambda entry: -entry[1])[:8]
    assert len(false_alarms) <= MAX_FALSE_ALARMS, (false_alarms, flags, closest)
