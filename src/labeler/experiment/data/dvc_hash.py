"""The hash by which DVC knows the files that were prepared."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from labeler.errors import InputInvalidError
from labeler.experiment.data.days import Days
from labeler.experiment.data.file_digests import FilesDigest, file_digests
from labeler.experiment.data.s3_source import S3
from labeler.experiment.data.sources import blocks, open_source
from labeler.experiment.files import ExperimentFiles
from labeler.experiment.records import DatasetInfo

LOCK = "dvc.lock"
MAX_VERIFIED_FILES = 20_000
"""Reading more again, only to verify a hash, takes longer than a step that starts at once should."""


def dvc_hash(info: DatasetInfo, files: ExperimentFiles, project: Path) -> str | None:
    """None when DVC does not know them, or they changed since. `project`: the resolved directory of dvc.lock."""
    if not info.source or info.source.startswith(S3):
        return None
    folder = Path(info.source).resolve()
    if not folder.is_relative_to(project):
        return None
    known = next(iter(_known_hashes(folder, files.prepared.resolve(), project)), None)
    if known is None or info.files > MAX_VERIFIED_FILES:
        return known
    return known if _is_verified(folder, known, info) else None


def directory_md5(folder: Path) -> str:
    """DVC's hash of a folder: of the list of its files' hashes and names, as dvc-data writes it."""
    listing = [
        {"md5": hashlib.md5(path.read_bytes()).hexdigest(), "relpath": path.relative_to(folder).as_posix()}  # noqa: S324
        for path in folder.rglob("*")
        if path.is_file()
    ]
    body = json.dumps(sorted(listing, key=lambda file: file["relpath"]), sort_keys=True).encode()
    return f"{hashlib.md5(body).hexdigest()}.dir"  # noqa: S324 - DVC's choice; it is no proof of origin


def relative(path: Path, project: Path) -> str:
    """Empty for a path outside the project."""
    return path.relative_to(project).as_posix() if path.is_relative_to(project) else ""


def _known_hashes(folder: Path, prepared: Path, project: Path) -> Iterator[str]:
    """First what DVC noted when it ran `prepare`, then what it tracks now."""
    stages = list((_yaml(project / LOCK).get("stages") or {}).values())
    statements, parts = relative(folder, project), relative(prepared, project)
    for stage in stages:
        if any(out.get("path") == parts for out in stage.get("outs") or ()):
            yield from _hashes(stage.get("deps"), statements)
    yield from _hashes(_yaml(folder.with_name(f"{folder.name}.dvc")).get("outs"), folder.name)
    for stage in stages:
        yield from _hashes(stage.get("outs"), statements)


def _hashes(entries: Any, path: str) -> Iterator[str]:
    return (str(entry["md5"]) for entry in entries or () if entry.get("path") == path and entry.get("md5"))


def _yaml(path: Path) -> dict[str, Any]:
    """Empty when there is no such file, or it is not DVC's: then DVC says nothing of the data."""
    try:
        content = YAML(typ="safe").load(path.read_bytes())
    except (OSError, YAMLError):
        return {}
    return content if isinstance(content, dict) else {}


def _is_verified(folder: Path, known: str, info: DatasetInfo) -> bool:
    """The folder holds what was prepared, and DVC's hash is of just that."""
    digest = FilesDigest()
    source = open_source(info.source, info.pattern, Days(info.first_day, info.last_day))
    try:
        for entries in blocks(source):
            digest.add(entries, file_digests(entries, source.fetch(entries)))
        return digest.hexdigest() == info.statements_sha256 and directory_md5(folder) == known
    except (InputInvalidError, OSError):
        return False
