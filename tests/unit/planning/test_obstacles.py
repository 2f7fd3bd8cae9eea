"""Why a plan is not feasible, and what would be enough."""

import re

import pytest
from hypothesis import given, settings

from labeler.planning.capacity import plan_capacity
from labeler.planning.request import CapacityRequest
from tests.unit.planning.capacity_requests import plan, requests


@settings(max_examples=60, deadline=None)
@given(requests)
def test_plan_is_feasible_or_gives_reasons_and_hints(request: CapacityRequest) -> None:
    capacity_plan = plan_capacity(request)

    within = capacity_plan.slack_s >= 0 and all(load.is_within for load in capacity_plan.loads)
    assert capacity_plan.is_feasible == within == (not capacity_plan.obstacles)
    assert all(obstacle.reason and obstacle.hint for obstacle in capacity_plan.obstacles)


def test_each_hint_for_a_late_run_is_the_smallest_change_that_makes_it_feasible() -> None:
    late = {"files": 3_000_000, "max_workers": 3}
    (obstacle,) = plan(**late).obstacles

    assert re.fullmatch(r"3 workers end after \d+\.\d min, the deadline is 30\.0 min", obstacle.reason)
    pattern = r"up to (\d+) workers, or a model that lets a worker do (\d+) files/s, or a deadline of (\d+) min"
    workers, rate, minutes = map(int, re.fullmatch(pattern, obstacle.hint).groups())  # type: ignore[union-attr]
    for name, enough, step in (
        ("max_workers", workers, 1),
        ("files_per_second", rate, 1),
        ("deadline_s", minutes * 60, 60),
    ):
        assert plan(**{**late, name: enough}).is_feasible
        assert not plan(**{**late, name: enough - step}).is_feasible


def test_hint_names_warm_workers_when_starting_takes_too_long() -> None:
    late = {"files": 200_000, "deadline_s": 200, "max_workers": 8}
    (obstacle,) = plan(**late).obstacles

    warm = int(re.match(r"(\d+) workers warm before the run, or ", obstacle.hint)[1])  # type: ignore[index]
    assert plan(**late, warm_workers=warm).is_feasible
    assert not plan(**late, warm_workers=warm - 1).is_feasible


@pytest.mark.parametrize(
    ("changes", "reason", "hint"),
    [
        ({"files": 10_000_000}, "S3 GET/s would reach", "2 prefixes"),
        ({"files": 40_000_000, "deadline_s": 7200}, "manifest Lambda s would reach", "several runs"),
        ({"files": 40_000_000, "deadline_s": 7200}, "manifest Lambda MB would reach", "several runs"),
    ],
)
def test_exceeded_quota_is_named_with_a_hint(changes: dict[str, float], reason: str, hint: str) -> None:
    obstacles = [obstacle for obstacle in plan(**changes).obstacles if obstacle.reason.startswith(reason)]

    assert len(obstacles) == 1
    assert hint in obstacles[0].hint


def test_more_key_prefixes_raise_the_get_quota() -> None:
    assert not plan(10_000_000).is_feasible
    assert plan(10_000_000, key_prefixes=2).is_feasible
