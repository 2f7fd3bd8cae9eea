"""Labeled files from a folder or from S3: listed in the order of their keys, read in blocks of bounded files and bytes.

Keys are told below the folder or the prefix, so the same files are the same data wherever they lie. Listings are
streams: memory is bounded by a block (and a folder's names), whatever the number of files.
"""

from collections.abc import Iterator

from labeler.errors import InputInvalidError
from labeler.experiment.data.days import ALL_DAYS, Days
from labeler.experiment.data.folder_source import FolderSource
from labeler.experiment.data.s3_source import S3, S3Source
from labeler.fetch import split_blocks
from labeler.run_index import FileEntry
from labeler.settings import MIB

PATTERN = "*.csv"
BLOCK_FILES = 500
BLOCK_BYTES = 16 * MIB

Source = FolderSource | S3Source


def open_source(address: str, pattern: str = PATTERN, days: Days = ALL_DAYS) -> Source:
    """A folder or s3://bucket/prefix. Raises InputInvalidError for an invalid address, pattern or range of days."""
    if not pattern.strip("/."):
        raise InputInvalidError(f"{pattern!r} is no pattern of file names", hint=f"give one as {PATTERN}")
    if days.first and days.last and days.first > days.last:
        raise InputInvalidError(f"no day is{days}", hint="give the earlier one as --first-day")
    if address.startswith(S3):
        return S3Source(address, pattern, days)
    if "://" in address:
        raise InputInvalidError(f"{address} is neither a folder nor in S3", hint="give a folder or s3://bucket/prefix")
    return FolderSource(address, pattern, days)


def blocks(source: Source) -> Iterator[list[FileEntry]]:
    """The source's files, cut the same way each time: each block becomes a part of the prepared data."""
    return split_blocks(source.entries(), BLOCK_BYTES, BLOCK_FILES)
