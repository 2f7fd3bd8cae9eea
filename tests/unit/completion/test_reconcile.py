"""Each way in which a run may fail to reconcile is reported with the name of its unit."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from labeler.completion.evidence import Evidence
from labeler.completion.reconcile import mismatches, orphans, stray_samples
from labeler.ledger import UnitRecord
from labeler.messages import UnitState

Make = Callable[..., Evidence]


def changed(evidence: Evidence, **values: Any) -> Evidence:
    return replace(evidence, **values)


def with_receipt(evidence: Evidence, unit_id: int, **values: Any) -> Evidence:
    broken = evidence.receipts[unit_id].model_copy(update=values)
    return changed(evidence, receipts={**evidence.receipts, unit_id: broken})


def test_consistent_run_has_no_mismatches(make_evidence: Make) -> None:
    assert mismatches(make_evidence()) == []
    assert mismatches(make_evidence(done=(1,), dead=(2, 3))) == []
    assert mismatches(make_evidence(done=())) == []


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"rows_labeled": 97}, "unit 2 read 100 rows, labeled 97, quarantined 2"),
        ({"rows_quarantined": 3}, "unit 2 read 100 rows, labeled 98, quarantined 3"),
        ({"labels": None}, "unit 2 labeled 98 rows, its labels object has 0"),
        ({"quarantine": None}, "unit 2 quarantined 2 rows but names no quarantine object"),
        ({"files": 9}, "unit 2 worked on 9 files, the manifest gives it 10"),
        ({"model_sha256": "e" * 64}, "unit 2 used model eeeeeeeeeeee, the pin is aaaaaaaaaaaa"),
        ({"run_date": date(2026, 3, 1)}, "unit 2 is of 2026-03-01, the run of 2026-03-02"),
        ({"size_bytes": 1}, "bytes of done units: 1001, the ledger has 2000"),
        ({"files": 9}, "files of done units: 19, the ledger has 20"),
        ({"files": 9}, "files of done and failed units: 19, the manifest has 20"),
        ({"rows_in": 99}, "rows in: 199, the ledger has 200"),
        ({"rows_labeled": 97}, "rows labeled: 195, the ledger has 196"),
        ({"rows_quarantined": 3}, "rows quarantined: 5, the ledger has 4"),
    ],
)
def test_inconsistent_receipt_is_named(make_evidence: Make, values: dict[str, Any], expected: str) -> None:
    assert expected in mismatches(with_receipt(make_evidence(), 2, **values))


def test_output_that_is_missing_truncated_or_of_another_unit_is_named(make_evidence: Make) -> None:
    evidence = make_evidence()
    first, second = (evidence.receipts[n].labels for n in (1, 2))
    assert first is not None
    assert second is not None
    gone = changed(evidence, objects={key: size for key, size in evidence.objects.items() if key != first.key})
    assert mismatches(gone) == [f"unit 1 names {first.key}, which does not exist"]
    cut = changed(evidence, objects={**evidence.objects, first.key: 49})
    assert mismatches(cut) == [f"unit 1 names {first.key} with 50 bytes, it has 49"]
    assert mismatches(with_receipt(evidence, 1, labels=second)) == [f"unit 1 names {second.key}, which is not its own"]


def test_units_only_in_manifest_or_only_in_ledger_are_named(make_evidence: Make) -> None:
    evidence = make_evidence(done=(1, 2, 3))
    assert "unit 3 of the manifest is not settled" in mismatches(changed(evidence, units=evidence.units[:2]))
    stranger = UnitRecord(unit_id=9, state=UnitState.FAILED)
    reasons = mismatches(changed(evidence, units=(*evidence.units, stranger)))
    assert "unit 9 is settled but not in the manifest" in reasons
    assert "units failed: 1, the ledger has 0" in reasons


def test_unreadable_receipt_is_named(make_evidence: Make) -> None:
    evidence = make_evidence()
    broken = changed(evidence, receipts={1: evidence.receipts[1]}, unreadable={2: "not found"})
    assert "unit 2 is done but its receipt can't be read: not found" in mismatches(broken)


@pytest.mark.parametrize(
    "counter",
    ["units", "units_done", "units_failed", "files_done", "bytes_done", "rows_in", "rows_labeled", "rows_quarantined"],
)
def test_every_counter_of_the_ledger_is_checked(make_evidence: Make, counter: str) -> None:
    evidence = make_evidence(dead=(3,))
    off = evidence.run.model_copy(update={counter: getattr(evidence.run, counter) + 1})
    assert len(mismatches(changed(evidence, run=off))) == 1


def test_orphans_are_outputs_that_the_receipt_of_their_unit_does_not_name(make_evidence: Make) -> None:
    evidence = make_evidence(done=(1,), dead=(2,))
    labels = evidence.receipts[1].labels
    assert labels is not None
    lost = labels.key.replace(".parquet", "0.parquet")
    dead = labels.key.replace("unit-00001", "unit-00002")
    longer_name = labels.key.replace("unit-00001", "unit-000011")
    objects = {**evidence.objects, lost: 1, dead: 1, longer_name: 1, "labels/other": 1}
    assert orphans(changed(evidence, objects=objects)) == [lost]


def test_stray_samples_are_listed_and_never_cause_a_mismatch(make_evidence: Make) -> None:
    evidence = make_evidence(done=(1, 2))
    labels = evidence.receipts[1].labels
    assert labels is not None
    named = labels.model_copy(update={"key": labels.key.replace("labels/", "samples/", 1)})
    evidence = with_receipt(evidence, 1, sample=named)
    lost, pending = (named.key.replace("00001-", name) for name in ("00001-0", "00003-"))
    sampled = changed(evidence, samples=frozenset({named.key, lost, pending}))
    assert stray_samples(sampled) == [lost]
    assert mismatches(sampled) == []
    assert mismatches(changed(evidence, samples=frozenset())) == [], "a sample that vanished costs no label"
