"""Which files are new: listed in a folder of the look-back window, and not taken by an earlier run.

Each run writes the fingerprints of the files it took to one object per landing date, so a run reads what it needs
for one folder and forgets it before the next: memory is bounded by the largest folder and by what is new. A late
file of yesterday is new today, a changed file (another ETag) is new again.
"""

from datetime import date, timedelta
from typing import NamedTuple

from aws_lambda_powertools import Logger

from labeler import layout
from labeler.aws import Aws
from labeler.manifest.fingerprints import unseen
from labeler.manifest.listing import Progress, list_files
from labeler.manifest.pages import listing_client, s3_pages
from labeler.manifest.seen import fingerprints_of_earlier_runs, repair_earlier_runs
from labeler.run_index import FileEntry
from labeler.settings import ManifestSettings
from labeler.storage import Bucket

LOG_EVERY_PAGES = 200


class Discovered(NamedTuple):
    new: list[FileEntry]
    seen_before: int


def landing_dates(run_date: date, kind: str, lookback_days: int) -> tuple[date, ...]:
    """The folders that a run looks at, oldest first.

    A run of another kind than daily (a backfill) takes all of its own date's folder, whatever was seen, and no
    other: so that backfilling three dates labels no file three times.
    """
    days = lookback_days if kind == layout.DAILY else 0
    return tuple(run_date - timedelta(days=back) for back in range(days, -1, -1))


def discover(
    run_id: str, kind: str, folders: tuple[date, ...], *, settings: ManifestSettings, aws: Aws, logger: Logger
) -> Discovered:
    runs, root = Bucket(aws, settings.runs_bucket), settings.landing_root
    is_daily = kind == layout.DAILY
    if is_daily:
        repaired = repair_earlier_runs(runs, run_id, folders, lookback_days=settings.lookback_days, landing_root=root)
        if repaired:
            logger.warning("earlier runs repaired", run_id=run_id, repaired=repaired)
    s3 = listing_client(aws)
    new_files: list[FileEntry] = []
    seen = 0
    for folder in folders:
        taken = fingerprints_of_earlier_runs(runs, folder, run_id) if is_daily else frozenset()
        prefix = layout.landing_prefix(folder, root)
        page_of = s3_pages(s3, settings.raw_bucket, prefix)
        progress = _progress(run_id, logger)
        listed = list(list_files(page_of, prefix=prefix, parallelism=settings.list_parallelism, progress=progress))
        new = list(unseen(listed, taken))
        new_files += new
        seen += len(listed) - len(new)
        logger.info("folder listed", run_id=run_id, landing_date=str(folder), listed=len(listed), new=len(new))
    return Discovered(new_files, seen)


def _progress(run_id: str, logger: Logger) -> Progress:
    def progress(pages: int, keys: int) -> None:
        if pages % LOG_EVERY_PAGES == 0:
            logger.info("listing", run_id=run_id, list_pages=pages, list_keys=keys)

    return progress
