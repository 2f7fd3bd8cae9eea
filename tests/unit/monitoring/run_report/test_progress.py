"""Totals of a run, and what belongs to its newest generation."""

from dataclasses import replace
from datetime import timedelta

from labeler.ledger import UnitRecord
from labeler.messages import UnitState
from labeler.monitoring.run_report.progress import failed_units, generation_started_at, newest_forecasts, totals
from labeler.monitoring.run_report.rows import label_mix
from labeler.monitoring.run_report.work import fleet_throughput, phase_times
from tests.unit.monitoring.example_receipts import T0
from tests.unit.monitoring.example_run import run_data


def test_totals_of_an_open_run_are_measured_up_to_now() -> None:
    data = run_data(is_open=True, units=30)
    total = totals(data, T0 + timedelta(seconds=500))
    assert (total.files, total.elapsed_s, total.files_per_s) == (40_000, 500, 80)
    assert 0.9999 < total.coverage < 1


def test_statistics_of_a_run_without_receipts_are_empty() -> None:
    data = run_data(is_open=True, receipts=[], units=3)
    assert totals(data, T0).coverage == 0
    assert (fleet_throughput([]).shown, phase_times([]), label_mix(data)) == ([], [], [])


def test_elapsed_time_and_pace_are_of_the_newest_generation() -> None:
    """Redriven a day later, one unit of four failed before."""
    data = run_data(units=4)
    later = timedelta(hours=20)
    run = data.run.model_copy(update={"generation": 2, "deadline_at": T0 + later + timedelta(minutes=30)})
    again = [
        forecast.model_copy(update={"generation": 2, "at": forecast.at + later, "eta_at": None})
        for forecast in data.forecasts
    ]
    last = data.receipts[-1].model_copy(update={"finished_at": T0 + later + timedelta(seconds=260)})
    assert data.summary is not None
    summary = data.summary.model_copy(update={"finished_at": T0 + later + timedelta(seconds=300)})
    redriven = replace(
        data,
        run=run,
        summary=summary,
        forecasts=[*data.forecasts, *again],
        receipts=[*data.receipts[:-1], last],
    )
    total = totals(redriven, T0)
    started_s = (again[0].at - T0 - later).total_seconds()
    assert newest_forecasts(redriven) == again
    assert total.elapsed_s == 300 - started_s
    assert (total.files, total.files_per_s) == (4 * 2000, 2000 / total.elapsed_s)
    assert generation_started_at(data) == T0


def test_failed_units_of_an_open_run_have_their_reasons() -> None:
    data = run_data(units=3, is_open=True)
    failed = UnitRecord(unit_id=9, state=UnitState.FAILED, reason="DigestMismatchError: the slice")
    units = failed_units(replace(data, units=[*data.units, failed]))
    assert [(unit.unit_id, unit.reason) for unit in units] == [(9, "DigestMismatchError: the slice")]
