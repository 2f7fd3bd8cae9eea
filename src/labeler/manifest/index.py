"""The manifest of a run: a slice per work unit and the index that names them. The index is the commit."""

from concurrent.futures import ThreadPoolExecutor

from aws_lambda_powertools import Logger

from labeler import layout
from labeler.aws import Aws
from labeler.manifest.discovery import discover, landing_dates
from labeler.manifest.partition import Unit, partition
from labeler.messages import Pins, StartRun
from labeler.run_index import RunIndex, UnitSlice
from labeler.settings import ManifestSettings
from labeler.slices import write_slice
from labeler.storage import Bucket, find_message, read_message

WRITERS = 16


def find_index(runs: Bucket, run_id: str) -> RunIndex | None:
    return find_message(runs, layout.index_key(run_id), RunIndex)


def read_index(runs: Bucket, run_id: str) -> RunIndex:
    """Raises ObjectMissingError."""
    return read_message(runs, layout.index_key(run_id), RunIndex)


def write_index(request: StartRun, pins: Pins, *, settings: ManifestSettings, aws: Aws, logger: Logger) -> RunIndex:
    """Lists, partitions, writes the slices, then the index once: a racing call gets the index that was first."""
    run_id = layout.run_id(request.run_date, request.kind)
    runs = Bucket(aws, settings.runs_bucket)
    folders = landing_dates(request.run_date, request.kind, settings.lookback_days)
    discovered = discover(run_id, request.kind, folders, settings=settings, aws=aws, logger=logger)
    units = partition(discovered.new, max_files=settings.unit_max_files, max_bytes=settings.unit_max_bytes)
    index = RunIndex(
        run_id=run_id,
        run_date=request.run_date,
        task=settings.task,
        landing_dates=folders,
        files=sum(len(unit.files) for unit in units),
        size_bytes=sum(unit.size_bytes for unit in units),
        files_seen_before=discovered.seen_before,
        pins=pins,
        units=tuple(write_slices(runs, run_id, units)),
    )
    body = index.model_dump_json(indent=1).encode()
    if runs.put_once(layout.index_key(run_id), body, "application/json"):
        return index
    return read_index(runs, run_id)


def write_slices(runs: Bucket, run_id: str, units: list[Unit]) -> list[UnitSlice]:
    """One object per unit, numbered from 1. Keys name the content: a repeated call writes the same bytes there."""

    def write(unit_id: int, unit: Unit) -> UnitSlice:
        sealed = write_slice(unit.files)
        key = layout.slice_key(run_id, unit_id, sealed.sha256)
        runs.put(key, sealed.body, "application/gzip")
        return UnitSlice(
            unit_id=unit_id,
            slice_key=key,
            slice_sha256=sealed.sha256,
            files=len(unit.files),
            size_bytes=unit.size_bytes,
        )

    with ThreadPoolExecutor(WRITERS, thread_name_prefix="slices") as pool:
        return list(pool.map(write, range(1, len(units) + 1), units))
