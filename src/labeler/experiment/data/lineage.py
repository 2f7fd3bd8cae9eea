"""What an experiment learns from, as precisely as it can be said: digests, DVC's hash, the commit of the code."""

import hashlib
import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from labeler.errors import InputInvalidError
from labeler.experiment.data.days import Days
from labeler.experiment.data.parts import FilesDigest, file_digests
from labeler.experiment.data.sources import S3, blocks, open_source
from labeler.experiment.files import ExperimentFiles
from labeler.experiment.records import DatasetInfo, DataVersion

LOCK = "dvc.lock"
MAX_PROVEN_FILES = 20_000
"""Reading more again, only to prove a hash, takes longer than a step that starts at once should."""


def data_version(
    info: DatasetInfo, files: ExperimentFiles, project: Path, *, image_commit: str | None = None
) -> DataVersion:
    """`project`: the directory of dvc.lock; `image_commit`: told where it is no checkout. What can't be told is None."""
    commit = _git(project, "rev-parse", "HEAD")
    changes = _git(project, "status", "--porcelain", "--", ":/", *_results(files, project.resolve()))
    return DataVersion(
        statements_sha256=info.statements_sha256,
        reference_sha256=info.reference_sha256,
        dvc=_dvc_hash(info, files, project.resolve()),
        git_commit=commit or image_commit,
        git_is_dirty=bool(changes) if commit and changes is not None else None,
    )


def _results(files: ExperimentFiles, project: Path) -> list[str]:
    """Pathspecs without what the steps of a clean checkout write themselves: DVC's lock and the experiment's files."""
    directory = _relative(files.directory.resolve(), project)
    return [f":(exclude){LOCK}", *([f":(exclude){directory}"] if directory not in {"", "."} else [])]


def _dvc_hash(info: DatasetInfo, files: ExperimentFiles, project: Path) -> str | None:
    """The hash under which DVC knows the files that were prepared; None when it does not, or they changed since."""
    if not info.source or info.source.startswith(S3):
        return None
    folder = Path(info.source).resolve()
    if not folder.is_relative_to(project):
        return None
    known = next(iter(_known_hashes(folder, files.prepared.resolve(), project)), None)
    if known is None or info.files > MAX_PROVEN_FILES:
        return known
    return known if _is_proven(folder, known, info) else None


def _known_hashes(folder: Path, prepared: Path, project: Path) -> Iterator[str]:
    """First what DVC noted when it ran `prepare`, then what it tracks now."""
    stages = list((_yaml(project / LOCK).get("stages") or {}).values())
    names = [_relative(folder, project), _relative(prepared, project)]
    for stage in stages:
        if any(out.get("path") == names[1] for out in stage.get("outs") or ()):
            yield from _hashes(stage.get("deps"), names[0])
    yield from _hashes(_yaml(folder.with_name(f"{folder.name}.dvc")).get("outs"), folder.name)
    for stage in stages:
        yield from _hashes(stage.get("outs"), names[0])


def _hashes(entries: Any, path: str) -> Iterator[str]:
    return (str(entry["md5"]) for entry in entries or () if entry.get("path") == path and entry.get("md5"))


def _relative(path: Path, project: Path) -> str:
    return path.relative_to(project).as_posix() if path.is_relative_to(project) else ""


def _yaml(path: Path) -> dict[str, Any]:
    """Empty when there is no such file, or it is not DVC's: then DVC says nothing of the data."""
    try:
        found = YAML(typ="safe").load(path.read_bytes())
    except (OSError, YAMLError):
        return {}
    return found if isinstance(found, dict) else {}


def _is_proven(folder: Path, known: str, info: DatasetInfo) -> bool:
    """The folder holds what was prepared, and DVC's hash is of just that."""
    digest = FilesDigest()
    source = open_source(info.source, info.pattern, Days(info.first_day, info.last_day))
    try:
        for entries in blocks(source):
            digest.add(entries, file_digests(entries, source.fetch(entries)))
        return digest.hexdigest() == info.statements_sha256 and directory_md5(folder) == known
    except (InputInvalidError, OSError):
        return False


def directory_md5(folder: Path) -> str:
    """DVC's hash of a folder: of the list of its files' hashes and names, as dvc-data writes it."""
    found = [
        {"md5": hashlib.md5(path.read_bytes()).hexdigest(), "relpath": path.relative_to(folder).as_posix()}  # noqa: S324
        for path in folder.rglob("*")
        if path.is_file()
    ]
    listed = json.dumps(sorted(found, key=lambda file: file["relpath"]), sort_keys=True).encode()
    return f"{hashlib.md5(listed).hexdigest()}.dir"  # noqa: S324 - DVC's choice; it is no proof of origin


def _git(project: Path, *arguments: str) -> str | None:
    """None without git, or outside a repository."""
    git = shutil.which("git")
    if git is None:
        return None
    done = subprocess.run(
        [git, "-C", str(project), *arguments], capture_output=True, text=True, check=False, errors="replace"
    )
    return done.stdout.strip() if done.returncode == 0 else None
