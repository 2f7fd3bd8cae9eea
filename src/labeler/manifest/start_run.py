"""Opens a daily run: what the manifest Lambda does.

    open     the ledger knows the run (PLANNING) with its start and deadline
    pin      runs/<id>/pins.json       model and reference data, decided once
    plan     slices, then runs/<id>/manifest.json: the commit
    seen     seen objects, computed from the index
    start    PLANNING -> RUNNING with the counts, before the first message
    send     one message a unit; the ledger records how far it got

Each step looks whether it was done and can be repeated, and each is decided by one conditional write (ledger item,
pins, index, ledger state). So a crash between any two is finished by the same call, and of two calls at once each
either makes a decision or follows the other's: they may send a unit twice, which workers tolerate.
"""

from datetime import datetime, timedelta

from labeler import layout
from labeler.aws import Aws
from labeler.ledger import Ledger, RunRecord
from labeler.manifest.conflicts import require_same_model, require_unpublished
from labeler.manifest.dispatch import dispatch
from labeler.manifest.index import find_index, read_index, write_index
from labeler.manifest.pins import PinChampion, copy_from_registry, pin_run
from labeler.manifest.seen import write_seen
from labeler.messages import RunPlan, RunState, StartRun
from labeler.run_index import RunIndex
from labeler.settings import ManifestSettings
from labeler.storage import Bucket
from labeler.telemetry import get_logger


def start_run(
    request: StartRun,
    *,
    settings: ManifestSettings,
    aws: Aws,
    now: datetime,
    pin_champion: PinChampion = copy_from_registry,
) -> RunPlan:
    """The plan of the run of this date and kind, started by this call or by an earlier one.

    Raises RetryableError when a service fails for long, PermanentError when a person must act; in both cases
    calling again goes on where it stopped. RunConflictError: the day or the run has other labels already.
    """
    logger, ledger, runs = get_logger("manifest"), Ledger(aws, settings.ledger_table), Bucket(aws, settings.runs_bucket)
    require_unpublished(request, runs, ledger)
    record = open_run(request, ledger=ledger, deadline_s=settings.deadline_s, now=now)
    require_same_model(request, record.model_version)
    if is_started(record):
        logger.info("run found started", run_id=record.run_id, state=record.state.value)
        return _plan(record, is_new=False)
    if record.state is RunState.PLANNING:
        pins = pin_run(record.run_id, request.model_version, settings=settings, runs=runs, pin_champion=pin_champion)
        require_same_model(request, pins.model.version)
        index = find_index(runs, record.run_id)
        if index is None:
            index = write_index(request, pins, settings=settings, aws=aws, logger=logger)
        if request.kind == layout.DAILY:
            write_seen(runs, index, settings.landing_root)
        ledger.start(_planned(record, index))
    else:
        index = read_index(runs, record.run_id)
    dispatch(
        index,
        after=record.units_dispatched,
        aws=aws,
        queue_url=settings.work_queue_url,
        on_sent=lambda units: ledger.record_dispatched(record.run_id, units),
    )
    logger.info("run opened", run_id=record.run_id, files=index.files, units=len(index.units))
    return _plan(ledger.run(record.run_id), is_new=True)


def open_run(request: StartRun, *, ledger: Ledger, deadline_s: int, now: datetime) -> RunRecord:
    """The run as the ledger knows it; its clock starts with the first call and is never set back."""
    record = RunRecord(
        run_id=layout.run_id(request.run_date, request.kind),
        run_date=request.run_date,
        state=RunState.PLANNING,
        started_at=now,
        deadline_at=now + timedelta(seconds=deadline_s),
    )
    return record if ledger.open_run(record) else ledger.run(record.run_id)


def is_started(record: RunRecord) -> bool:
    """Nothing is left to do for the manifest."""
    is_sent = record.state is RunState.RUNNING and record.units_dispatched >= record.units
    return is_sent or record.state.is_published


def _planned(record: RunRecord, index: RunIndex) -> RunRecord:
    counts = {"files": index.files, "size_bytes": index.size_bytes, "units": len(index.units)}
    model = index.pins.model
    return record.model_copy(update={**counts, "model_name": model.name, "model_version": model.version})


def _plan(record: RunRecord, *, is_new: bool) -> RunPlan:
    return RunPlan(
        run_id=record.run_id,
        run_date=record.run_date,
        state=record.state,
        generation=record.generation,
        files=record.files,
        size_bytes=record.size_bytes,
        units=record.units,
        model_name=record.model_name,
        model_version=record.model_version,
        started_at=record.started_at,
        deadline_at=record.deadline_at,
        index_key=layout.index_key(record.run_id),
        summary_key=layout.summary_key(record.run_id),
        generation_key=layout.generation_key(record.run_id, record.generation),
        is_new=is_new,
    )
