"""Receipts become the throughput of workers, the time of phases and the slowest units."""

import pytest

from labeler.monitoring.run_report.work import fleet_throughput, phase_times, slowest_units
from tests.unit.monitoring.example_receipts import receipt


def test_overlapping_units_of_a_worker_count_once_in_its_busy_time() -> None:
    """It fetches the next unit while it computes this one, so receipts overlap."""
    fleet = fleet_throughput([receipt(1, 1, 0, 100), receipt(2, 1, 60, 140)])
    assert fleet.shown[0].busy_s == 200
    assert fleet.shown[0].files_per_s == pytest.approx(4000 / 200)


def test_idle_time_is_not_busy_time() -> None:
    assert fleet_throughput([receipt(1, 1, 0, 10), receipt(2, 1, 500, 10)]).busy_s == 20


def test_with_many_workers_only_the_fastest_and_slowest_are_shown() -> None:
    fleet = fleet_throughput([receipt(worker, worker, 0, 50 + worker) for worker in range(1, 101)])
    assert (fleet.workers, len(fleet.shown), fleet.hidden) == (100, 16, 84)
    assert fleet.shown[0].name == "labeler-worker-01"
    assert fleet.shown[-1].name == "labeler-worker-100"


def test_phase_shares_add_up_to_one_with_the_longest_first() -> None:
    phases = phase_times([receipt(1, 1, 0, 10), receipt(2, 1, 10, 10)])
    assert phases[0].name == "predict"
    assert phases[0].seconds == pytest.approx(2.8)
    assert sum(phase.share for phase in phases) == pytest.approx(1)


def test_slowest_units_come_first_with_their_longest_phase() -> None:
    units = slowest_units([receipt(number, 1, 0, float(number)) for number in range(1, 30)])
    assert [unit.name for unit in units] == ["29", "28", "27", "26", "25", "24", "23", "22"]
    assert (units[0].seconds, units[0].longest_phase) == (29, "predict")
