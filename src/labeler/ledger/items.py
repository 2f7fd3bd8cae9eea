"""The items of the ledger's DynamoDB table: their keys, and the records that they stand for.

pk = "RUNS"    sk = <run_id>      the run: state, generation, counters
pk = <run_id>  sk = UNIT#00001    exists once the unit is settled: DONE with its receipt's figures, or FAILED
pk = <run_id>  sk = TICK#<time>   a forecast, once a minute while the run is open

"""

from datetime import datetime, timedelta
from typing import Any

from labeler.ledger.records import RunRecord, UnitRecord
from labeler.messages import UnitReceipt, UnitState

RUNS = "RUNS"
UNIT = "UNIT#"
TICK = "TICK#"
KEEP = timedelta(days=90)


def run_key(run_id: str) -> tuple[str, str]:
    return RUNS, run_id


def unit_key(run_id: str, unit_id: int) -> tuple[str, str]:
    return run_id, f"{UNIT}{unit_id:05d}"


def forecast_key(run_id: str, at: datetime) -> tuple[str, str]:
    return run_id, f"{TICK}{at.isoformat()}"


def run_record(item: dict[str, Any]) -> RunRecord:
    return RunRecord.model_validate({**item, "run_id": item["sk"]})


def unit_record(item: dict[str, Any]) -> UnitRecord:
    return UnitRecord.model_validate({**item, "unit_id": int(item["sk"].removeprefix(UNIT))})


def receipt_counters(receipt: UnitReceipt) -> dict[str, int]:
    """What a receipt adds to the run's counters."""
    return {
        "files_done": receipt.files,
        "bytes_done": receipt.size_bytes,
        "rows_in": receipt.rows_in,
        "rows_labeled": receipt.rows_labeled,
        "rows_quarantined": receipt.rows_quarantined,
    }


def done_values(receipt: UnitReceipt) -> dict[str, Any]:
    return {
        **receipt_counters(receipt),
        "state": UnitState.DONE.value,
        "reason": "",
        "worker_id": receipt.worker_id,
        "started_at": receipt.started_at.isoformat(),
        "finished_at": receipt.finished_at.isoformat(),
        **expiry(receipt.finished_at),
    }


def failed_values(reason: str, files: int, at: datetime) -> dict[str, Any]:
    return {
        "state": UnitState.FAILED.value,
        "reason": reason,
        "files_done": files,
        "finished_at": at.isoformat(),
        **expiry(at),
    }


def expiry(moment: datetime) -> dict[str, int]:
    return {"expires_at": int((moment + KEEP).timestamp())}
