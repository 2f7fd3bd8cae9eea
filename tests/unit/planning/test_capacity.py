import math
import re
from inspect import signature

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from labeler.cli.plan import plan as plan_command
from labeler.cli.plan import seconds
from labeler.planning.capacity import CapacityPlan, CapacityRequest, plan_capacity
from labeler.planning.prices import NODE_CPUS_PER_WORKER, PRICES, REQUESTS_PER_UNIT
from labeler.planning.ramp import Ramp, finished_s, ready_at
from labeler.planning.timing import first_that
from labeler.settings import CompletionSettings, ManifestSettings, ProcessSettings

requests = st.builds(
    CapacityRequest,
    files=st.integers(1, 20_000_000),
    files_per_second=st.floats(1, 3_000),
    deadline_s=st.floats(60, 10_000),
    max_workers=st.integers(1, 500),
    warm_workers=st.integers(0, 50),
)


def plan(files: int, **wanted: float) -> CapacityPlan:
    return plan_capacity(CapacityRequest.model_validate({"files": files, **wanted}))


def test_a_usual_day_fits_with_few_workers() -> None:
    found = plan(3_000_000)

    assert found.is_feasible
    assert found.workers <= 8
    assert found.rows == 510_000_000
    assert found.total_s == pytest.approx(sum(stage.seconds for stage in found.stages))
    assert found.total_s + found.slack_s == pytest.approx(1800)


@settings(max_examples=60, deadline=None)
@given(requests)
def test_one_worker_fewer_would_be_late(request: CapacityRequest) -> None:
    found = plan_capacity(request)

    assert 1 <= found.workers <= request.max_workers
    if found.slack_s >= 0 and found.workers > 1:
        assert plan_capacity(request.model_copy(update={"max_workers": found.workers - 1})).slack_s < 0


@settings(max_examples=60, deadline=None)
@given(requests)
def test_a_plan_is_feasible_or_says_why_not_and_what_would_do(request: CapacityRequest) -> None:
    found = plan_capacity(request)

    within = found.slack_s >= 0 and all(load.is_within for load in found.loads)
    assert found.is_feasible == within == (not found.obstacles)
    assert all(obstacle.reason and obstacle.hint for obstacle in found.obstacles)


@settings(max_examples=60, deadline=None)
@given(requests)
def test_units_hold_all_files_within_their_limits(request: CapacityRequest) -> None:
    found = plan_capacity(request)

    assert 1 <= found.unit_files <= request.unit_max_files
    assert found.unit_files * (found.units - 1) < request.files <= found.unit_files * found.units
    assert found.unit_files == 1 or found.unit_files * request.mean_bytes <= request.unit_max_bytes


def test_each_way_out_of_a_late_run_is_enough_and_not_more() -> None:
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


def test_warm_workers_are_a_way_out_when_starting_takes_too_long() -> None:
    late = {"files": 200_000, "deadline_s": 200, "max_workers": 8}
    (obstacle,) = plan(**late).obstacles

    warm = int(re.match(r"(\d+) workers warm before the run, or ", obstacle.hint)[1])  # type: ignore[index]
    assert plan(**late, warm_workers=warm).is_feasible
    assert not plan(**late, warm_workers=warm - 1).is_feasible


@pytest.mark.parametrize(
    ("wanted", "reason", "hint"),
    [
        ({"files": 10_000_000}, "S3 GET/s would reach", "2 prefixes"),
        ({"files": 40_000_000, "deadline_s": 7200}, "manifest Lambda s would reach", "several runs"),
        ({"files": 40_000_000, "deadline_s": 7200}, "manifest Lambda MB would reach", "several runs"),
    ],
)
def test_a_quota_that_is_too_small_is_named(wanted: dict[str, float], reason: str, hint: str) -> None:
    found = [obstacle for obstacle in plan(**wanted).obstacles if obstacle.reason.startswith(reason)]

    assert len(found) == 1
    assert hint in found[0].hint


def test_keys_spread_over_prefixes_lift_the_get_quota() -> None:
    assert not plan(10_000_000).is_feasible
    assert plan(10_000_000, key_prefixes=2).is_feasible


def test_cost_is_quantities_times_listed_prices() -> None:
    found = plan(3_000_000)
    lines = {line.what: line for line in found.costs}

    assert lines["S3 GET"].usd == pytest.approx(lines["S3 GET"].quantity / 1000 * 0.0004)
    assert found.cost_usd == pytest.approx(sum(line.usd for line in found.costs))
    assert {line.what for line in found.costs} <= set(PRICES)
    assert "check" in found.prices


def test_units_ask_for_what_a_recorded_day_did_and_workers_for_nodes() -> None:
    found = plan(3_000_000)
    asked = {line.what: line.quantity for line in found.costs}

    assert asked["SQS"] == pytest.approx(found.units * REQUESTS_PER_UNIT["SQS"])
    assert asked["DynamoDB read"] == pytest.approx(found.units * REQUESTS_PER_UNIT["DynamoDB read"])
    assert asked["S3 GET"] == 3_000_000 + found.units * REQUESTS_PER_UNIT["S3 GET"] + 2 * found.workers
    label_h = next(stage.seconds for stage in found.stages if stage.name == "label") / 3600
    assert asked["compute c7i"] == pytest.approx(found.workers * label_h * NODE_CPUS_PER_WORKER)
    assert asked["EKS Auto Mode"] == asked["compute c7i"]


@pytest.mark.parametrize(
    ("field", "kind", "setting"),
    [
        ("deadline_s", ManifestSettings, "deadline_s"),
        ("unit_max_files", ManifestSettings, "unit_max_files"),
        ("unit_max_bytes", ManifestSettings, "unit_max_bytes"),
        ("lookback_days", ManifestSettings, "lookback_days"),
        ("list_parallelism", ManifestSettings, "list_parallelism"),
        ("files_per_second", CompletionSettings, "assumed_files_per_second"),
        ("max_workers", CompletionSettings, "max_workers"),
    ],
)
def test_a_plan_is_made_for_the_settings_that_a_run_has_unless_told_otherwise(
    field: str, kind: type[ProcessSettings], setting: str
) -> None:
    assert CapacityRequest.model_fields[field].default == kind.model_fields[setting].default


def test_the_command_plans_what_a_request_says_unless_told_otherwise() -> None:
    asked = {name: option.default for name, option in signature(plan_command).parameters.items()}
    names = {"files_per_second": "files_per_second", "max_workers": "max_workers", "warm_workers": "warm_workers",
             "unit_max_files": "unit_max_files", "rows": "mean_rows", "size": "mean_bytes"}  # fmt: skip

    assert {name: asked[name] for name in names} == {
        name: CapacityRequest.model_fields[field].default for name, field in names.items()
    }
    assert seconds(asked["deadline"]) == CapacityRequest.model_fields["deadline_s"].default


def test_workers_that_are_warm_label_at_once() -> None:
    cold, warm = plan(3_000_000), plan(3_000_000, warm_workers=1)

    manifest_s = sum(stage.seconds for stage in cold.stages if stage.name in ("list", "plan"))
    assert warm.first_label_s == pytest.approx(manifest_s)
    assert cold.first_label_s == pytest.approx(manifest_s + Ramp().poll_s + Ramp().start_up_s)


def test_a_request_without_files_is_refused() -> None:
    with pytest.raises(ValidationError):
        plan(0)


def test_workers_come_after_a_poll_and_a_node_and_at_best_double() -> None:
    assert ready_at(20, 0, Ramp()) == [(123, 4), (138, 4), (153, 8), (168, 4)]
    assert ready_at(20, 10, Ramp()) == [(0, 10), (123, 10)]
    assert ready_at(3, 5, Ramp()) == [(0, 3)]


@given(st.integers(1, 100_000), st.floats(1, 1_000), st.integers(1, 100), st.integers(0, 20))
def test_the_finish_is_when_the_workers_have_done_the_files(files: int, rate: float, workers: int, warm: int) -> None:
    steps = ready_at(workers, warm, Ramp())

    end = finished_s(files, rate, steps)

    done = sum(added * max(0.0, end - at) * rate for at, added in steps)
    assert math.isclose(done, files, rel_tol=1e-6)


@given(st.integers(1, 60), st.integers(1, 50))
def test_first_that_finds_the_smallest(smallest: int, last: int) -> None:
    assert first_that(lambda value: value >= smallest, last) == (smallest if smallest <= last else None)
