"""Does a settled run add up? Pure: evidence in, reasons out."""

from collections.abc import Iterator

from labeler import layout
from labeler.completion.evidence import Evidence
from labeler.messages import OutputObject, UnitReceipt


def mismatches(evidence: Evidence) -> list[str]:
    """Why the run's rows can't be vouched for; empty when every one has its label or its quarantine record."""
    return [
        *_check_settled_units(evidence),
        *(reason for receipt in evidence.receipts.values() for reason in _check_receipt(receipt, evidence)),
        *_check_sums(evidence),
    ]


def orphans(evidence: Evidence) -> list[str]:
    """Outputs of attempts that lost the race for their unit's receipt.

    Only of units that have one: a receipt is written once, so nothing can come to name these any more. What a unit
    without a receipt has written stays: a worker given up for dead may be about to name it.
    """
    named = {output.key for receipt in evidence.receipts.values() for output in outputs(receipt)}
    owned = tuple(_own_prefix(receipt, kind) for receipt in evidence.receipts.values() for kind in _KINDS)
    return sorted(key for key in evidence.objects if key not in named and key.startswith(owned))


def stray_samples(evidence: Evidence) -> list[str]:
    """The same of samples. Whether one is there decides nothing about a run: it is for monitoring."""
    named = {receipt.sample.key for receipt in evidence.receipts.values() if receipt.sample}
    owned = tuple(_own_prefix(receipt, layout.SAMPLES) for receipt in evidence.receipts.values())
    return sorted(key for key in evidence.samples - named if key.startswith(owned))


def outputs(receipt: UnitReceipt) -> list[OutputObject]:
    return [output for output in (receipt.labels, receipt.quarantine) if output is not None]


_KINDS = (layout.LABELS, layout.QUARANTINE)


def _own_prefix(receipt: UnitReceipt, kind: str) -> str:
    prefix = layout.output_prefix(kind, receipt.run_date, receipt.run_id)
    return f"{prefix}{layout.unit_name(receipt.unit_id)}-"


def _check_settled_units(evidence: Evidence) -> Iterator[str]:
    planned = {unit.unit_id for unit in evidence.index.units}
    settled = {unit.unit_id for unit in evidence.units}
    for unit_id in sorted(planned - settled):
        yield f"unit {unit_id} of the manifest is not settled"
    for unit_id in sorted(settled - planned):
        yield f"unit {unit_id} is settled but not in the manifest"
    for unit_id, why in sorted(evidence.unreadable.items()):
        yield f"unit {unit_id} is done but its receipt can't be read: {why}"


def _check_receipt(receipt: UnitReceipt, evidence: Evidence) -> Iterator[str]:
    unit, run = f"unit {receipt.unit_id}", evidence.run
    planned = {unit.unit_id: unit.files for unit in evidence.index.units}.get(receipt.unit_id)
    labeled = receipt.labels.rows if receipt.labels else 0
    checks = (
        (receipt.run_date != run.run_date, f"is of {receipt.run_date}, the run of {run.run_date}"),
        (
            receipt.rows_in != receipt.rows_labeled + receipt.rows_quarantined,
            f"read {receipt.rows_in} rows, labeled {receipt.rows_labeled}, quarantined {receipt.rows_quarantined}",
        ),
        (labeled != receipt.rows_labeled, f"labeled {receipt.rows_labeled} rows, its labels object has {labeled}"),
        (
            receipt.rows_quarantined > 0 and receipt.quarantine is None,
            f"quarantined {receipt.rows_quarantined} rows but names no quarantine object",
        ),
        (
            planned is not None and receipt.files != planned,
            f"worked on {receipt.files} files, the manifest gives it {planned}",
        ),
        (
            receipt.model_sha256 != evidence.index.pins.model.sha256,
            f"used model {receipt.model_sha256[:12]}, the pin is {evidence.index.pins.model.sha256[:12]}",
        ),
    )
    yield from (f"{unit} {fault}" for is_wrong, fault in checks if is_wrong)
    yield from (f"{unit} {fault}" for fault in _check_outputs(receipt, evidence.objects))


def _check_outputs(receipt: UnitReceipt, objects: dict[str, int]) -> Iterator[str]:
    for output, kind in ((receipt.labels, layout.LABELS), (receipt.quarantine, layout.QUARANTINE)):
        if output is None:
            continue
        if not output.key.startswith(_own_prefix(receipt, kind)):
            yield f"names {output.key}, which is not its own"
        elif output.key not in objects:
            yield f"names {output.key}, which does not exist"
        elif objects[output.key] != output.size_bytes:
            yield f"names {output.key} with {output.size_bytes} bytes, it has {objects[output.key]}"


def _check_sums(evidence: Evidence) -> Iterator[str]:
    run, receipts = evidence.run, evidence.receipts.values()
    planned = {unit.unit_id: unit.files for unit in evidence.index.units}
    failed_files = sum(planned.get(unit.unit_id, 0) for unit in evidence.failed)
    sums = (
        ("units in the manifest", len(evidence.index.units), run.units),
        ("units done", len(evidence.units) - len(evidence.failed), run.units_done),
        ("units failed", len(evidence.failed), run.units_failed),
        ("files of done units", sum(receipt.files for receipt in receipts), run.files_done),
        ("bytes of done units", sum(receipt.size_bytes for receipt in receipts), run.bytes_done),
        ("rows in", sum(receipt.rows_in for receipt in receipts), run.rows_in),
        ("rows labeled", sum(receipt.rows_labeled for receipt in receipts), run.rows_labeled),
        ("rows quarantined", sum(receipt.rows_quarantined for receipt in receipts), run.rows_quarantined),
    )
    yield from (f"{name}: {actual}, the ledger has {counted}" for name, actual, counted in sums if actual != counted)
    accounted = sum(receipt.files for receipt in receipts) + failed_files
    if accounted != evidence.index.files:
        yield f"files of done and failed units: {accounted}, the manifest has {evidence.index.files}"
