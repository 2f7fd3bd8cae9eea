import pytest
from hypothesis import given, settings

from labeler.planning.capacity import plan_capacity
from labeler.planning.prices import NODE_CPUS_PER_WORKER, PRICES, REQUESTS_PER_UNIT
from labeler.planning.ramp import Ramp
from labeler.planning.request import CapacityRequest
from tests.unit.planning.capacity_requests import plan, requests


def test_three_million_files_fit_with_at_most_eight_workers() -> None:
    capacity_plan = plan(3_000_000)

    assert capacity_plan.is_feasible
    assert capacity_plan.workers <= 8
    assert capacity_plan.rows == 510_000_000
    assert capacity_plan.total_s == pytest.approx(sum(phase.seconds for phase in capacity_plan.phases))
    assert capacity_plan.total_s + capacity_plan.slack_s == pytest.approx(1800)


@settings(max_examples=60, deadline=None)
@given(requests)
def test_one_worker_fewer_would_be_late(request: CapacityRequest) -> None:
    capacity_plan = plan_capacity(request)

    assert 1 <= capacity_plan.workers <= request.max_workers
    if capacity_plan.slack_s >= 0 and capacity_plan.workers > 1:
        assert plan_capacity(request.model_copy(update={"max_workers": capacity_plan.workers - 1})).slack_s < 0


@settings(max_examples=60, deadline=None)
@given(requests)
def test_units_hold_all_files_within_their_limits(request: CapacityRequest) -> None:
    capacity_plan = plan_capacity(request)

    assert 1 <= capacity_plan.unit_files <= request.unit_max_files
    assert (
        capacity_plan.unit_files * (capacity_plan.units - 1)
        < request.files
        <= capacity_plan.unit_files * capacity_plan.units
    )
    assert capacity_plan.unit_files == 1 or capacity_plan.unit_files * request.mean_bytes <= request.unit_max_bytes


def test_cost_is_quantities_times_listed_prices() -> None:
    capacity_plan = plan(3_000_000)
    lines = {line.what: line for line in capacity_plan.costs}

    assert lines["S3 GET"].usd == pytest.approx(lines["S3 GET"].quantity / 1000 * 0.0004)
    assert capacity_plan.cost_usd == pytest.approx(sum(line.usd for line in capacity_plan.costs))
    assert {line.what for line in capacity_plan.costs} <= set(PRICES)
    assert "check" in capacity_plan.prices


def test_costs_count_requests_per_unit_and_node_hours_per_worker() -> None:
    capacity_plan = plan(3_000_000)
    quantities = {line.what: line.quantity for line in capacity_plan.costs}

    assert quantities["SQS"] == pytest.approx(capacity_plan.units * REQUESTS_PER_UNIT["SQS"])
    assert quantities["DynamoDB read"] == pytest.approx(capacity_plan.units * REQUESTS_PER_UNIT["DynamoDB read"])
    assert (
        quantities["S3 GET"]
        == 3_000_000 + capacity_plan.units * REQUESTS_PER_UNIT["S3 GET"] + 2 * capacity_plan.workers
    )
    label_h = next(phase.seconds for phase in capacity_plan.phases if phase.name == "label") / 3600
    assert quantities["compute c7i"] == pytest.approx(capacity_plan.workers * label_h * NODE_CPUS_PER_WORKER)
    assert quantities["EKS Auto Mode"] == quantities["compute c7i"]


def test_warm_workers_label_as_soon_as_the_manifest_is_written() -> None:
    cold, warm = plan(3_000_000), plan(3_000_000, warm_workers=1)

    manifest_s = sum(phase.seconds for phase in cold.phases if phase.name in ("list", "plan"))
    assert warm.first_label_s == pytest.approx(manifest_s)
    assert cold.first_label_s == pytest.approx(manifest_s + Ramp().poll_s + Ramp().start_up_s)
