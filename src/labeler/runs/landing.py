"""Files of a folder into the landing folder of a day, as the bank's exporter puts them there."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from labeler.errors import InputInvalidError
from labeler.storage import Bucket
from labeler.task import RawFile

PUT_THREADS = 16


def read_folder(directory: Path, pattern: str = "*.csv") -> list[RawFile]:
    """The files of a folder and of the folders below it. Raises InputInvalidError that names the folder."""
    if not directory.is_dir():
        raise InputInvalidError(f"{directory} is not a folder", hint="give a folder of statements")
    try:
        paths = sorted(path for path in directory.rglob(pattern) if path.is_file())
        files = [RawFile(path.relative_to(directory).as_posix(), path.read_bytes()) for path in paths]
    except (OSError, ValueError, NotImplementedError) as error:
        # pathlib raises NotImplementedError for a pattern that is absolute
        raise InputInvalidError(f"{directory} can't be read with the pattern {pattern}: {error}") from error
    if not files:
        raise InputInvalidError(f"{directory} holds no {pattern}", hint="give a folder that holds such files")
    return files


def land_files(
    raw: Bucket, files: Sequence[RawFile], prefix: str, *, on_file: Callable[[], None] = lambda: None
) -> None:
    """`on_file` is called after each file, in this thread."""
    with ThreadPoolExecutor(PUT_THREADS) as pool:
        for _ in pool.map(lambda file: raw.put(f"{prefix}{file.key}", file.body), files):
            on_file()
