"""Facts of a run become the figures that its report shows."""

from dataclasses import replace
from datetime import timedelta

import pytest

from labeler.ledger import UnitRecord
from labeler.messages import UnitState
from labeler.monitoring import figures
from tests.unit.monitoring.a_run import EXAMPLES, MIX, T0, drift, receipt, run_facts


def test_overlapping_units_of_a_worker_count_once_in_its_busy_time() -> None:
    """It fetches the next unit while it computes this one, so receipts overlap."""
    found = figures.workers([receipt(1, 1, 0, 100), receipt(2, 1, 60, 140)])
    assert found.shown[0].busy_s == 200
    assert found.shown[0].files_per_s == pytest.approx(4000 / 200)


def test_idle_time_is_not_busy_time() -> None:
    assert figures.workers([receipt(1, 1, 0, 10), receipt(2, 1, 500, 10)]).busy_s == 20


def test_with_many_workers_only_the_fastest_and_slowest_are_shown() -> None:
    found = figures.workers([receipt(worker, worker, 0, 50 + worker) for worker in range(1, 101)])
    assert (found.all, len(found.shown), found.hidden) == (100, 16, 84)
    assert found.shown[0].name == "labeler-worker-01"
    assert found.shown[-1].name == "labeler-worker-100"


def test_phase_shares_add_up_to_one_with_the_longest_first() -> None:
    found = figures.stages([receipt(1, 1, 0, 10), receipt(2, 1, 10, 10)])
    assert found[0].name == "predict"
    assert found[0].seconds == pytest.approx(2.8)
    assert sum(stage.share for stage in found) == pytest.approx(1)


def test_slowest_units_come_first_with_their_longest_phase() -> None:
    found = figures.slowest_units([receipt(number, 1, 0, float(number)) for number in range(1, 30)])
    assert [unit.name for unit in found] == ["29", "28", "27", "26", "25", "24", "23", "22"]
    assert (found[0].seconds, found[0].slowest_stage) == (29, "predict")


def test_rejects_are_sorted_by_lost_rows_and_carry_their_examples() -> None:
    found = figures.rejects(run_facts(units=4))
    assert [(one.reason, one.rows, one.records) for one in found] == [
        ("file_truncated", 680, 4),
        ("row_not_a_date", 36, 36),
        ("row_out_of_range", 20, 20),
    ], "what cost most rows comes first"
    assert found[1].examples == EXAMPLES["row_not_a_date"]
    assert found[2].examples == []


def test_label_mix_is_compared_with_the_previous_run_and_the_reference() -> None:
    reference = drift().reference
    assert reference is not None
    other = drift(reference=reference.model_copy(update={"label_shares": {"VAREJO": 1.0}}))
    mix = {one.category: one for one in figures.label_mix(run_facts(units=4, drift=other))}
    assert mix["SERVIÇO"].share == pytest.approx(0.36 / sum(MIX.values()), abs=1e-4)
    assert mix["SERVIÇO"].before == pytest.approx(0.36 / sum(MIX.values()), abs=1e-4)
    assert (mix["SERVIÇO"].reference, mix["VAREJO"].reference) == (0.0, 1.0)
    alone = figures.label_mix(run_facts(units=4, drift=None, before=None))
    assert {(one.before, one.reference) for one in alone} == {(None, None)}


def test_rare_categories_are_summed_into_one_entry() -> None:
    facts = run_facts(units=2)
    many = {f"C{number:02d}": 100 - number for number in range(20)}
    receipts = [one.model_copy(update={"label_counts": many}) for one in facts.receipts]
    mix = figures.label_mix(run_facts(units=2, receipts=receipts))
    assert (len(mix), mix[-1].category) == (11, "all others")
    assert sum(one.share for one in mix) == pytest.approx(1)
    assert sum(one.before or 0 for one in mix) == pytest.approx(1)


def test_totals_of_an_open_run_are_measured_up_to_now() -> None:
    facts = run_facts(is_open=True, units=30)
    total = figures.totals(facts, T0 + timedelta(seconds=500))
    assert (total.files, total.elapsed_s, total.files_per_s) == (40_000, 500, 80)
    assert 0.9999 < total.coverage < 1


def test_statistics_of_a_run_without_receipts_are_empty() -> None:
    facts = run_facts(is_open=True, receipts=[], units=3)
    assert figures.totals(facts, T0).coverage == 0
    assert (figures.workers([]).shown, figures.stages([]), figures.label_mix(facts)) == ([], [], [])


def test_elapsed_time_and_pace_are_of_the_newest_generation() -> None:
    """Redriven a day later, one unit of four failed before."""
    facts = run_facts(units=4)
    later = timedelta(hours=20)
    run = facts.run.model_copy(update={"generation": 2, "deadline_at": T0 + later + timedelta(minutes=30)})
    again = [
        forecast.model_copy(update={"generation": 2, "at": forecast.at + later, "eta_at": None})
        for forecast in facts.forecasts
    ]
    last = facts.receipts[-1].model_copy(update={"finished_at": T0 + later + timedelta(seconds=260)})
    assert facts.summary is not None
    summary = facts.summary.model_copy(update={"finished_at": T0 + later + timedelta(seconds=300)})
    redriven = replace(
        facts,
        run=run,
        summary=summary,
        forecasts=[*facts.forecasts, *again],
        receipts=[*facts.receipts[:-1], last],
    )
    total = figures.totals(redriven, T0)
    started_s = (again[0].at - T0 - later).total_seconds()
    assert figures.newest_forecasts(redriven) == again
    assert total.elapsed_s == 300 - started_s
    assert (total.files, total.files_per_s) == (4 * 2000, 2000 / total.elapsed_s)
    assert figures.generation_started_at(facts) == T0


def test_failed_units_of_an_open_run_have_their_reasons() -> None:
    facts = run_facts(units=3, is_open=True)
    failed = UnitRecord(unit_id=9, state=UnitState.FAILED, reason="DigestMismatchError: the slice")
    found = figures.failed_units(replace(facts, units=[*facts.units, failed]))
    assert found == [(9, "DigestMismatchError: the slice")]
