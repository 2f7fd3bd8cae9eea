"""The drift report of the example run."""

from typing import Any

from labeler.monitoring.reports import ColumnDrift, DriftReport, DriftVerdict, ReferenceNote
from tests.unit.monitoring.example_receipts import DAY, MIX, RUN, T0

REFERENCE = ReferenceNote(origin="run daily-2026-02-20", rows=20_000, label_shares=MIX, reject_share=0.001)


def drift_report(**changed: Any) -> DriftReport:
    def column(name: str, score: float, threshold: float = 0.1) -> ColumnDrift:
        return ColumnDrift(column=name, method="wasserstein", score=score, threshold=threshold)

    values: dict[str, Any] = {
        "run_id": RUN,
        "run_date": DAY,
        "generation": 1,
        "model_version": "7",
        "model_sha256": "a" * 64,
        "at": T0,
        "verdict": DriftVerdict.DRIFTED,
        "flags": (
            "amount lies 0.41 from the reference, 0.10 is allowed",
            "the labels' mix moved by 0.12, 0.10 is allowed",
        ),
        "rows_sampled": 20_000,
        "features": (column("amount", 0.41), column("log_amount", 0.08), column("age", 0.01)),
        "label": column("labels", 0.12),
        "confidence": column("confidence", 0.02),
        "rejects": column("rejects", 0.001, 0.02),
        "reference": REFERENCE,
    }
    return DriftReport(**{**values, **changed})
