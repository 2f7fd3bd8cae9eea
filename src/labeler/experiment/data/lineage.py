"""The version of data and code behind an experiment: digests, DVC's hash, the commit."""

import shutil
import subprocess
from pathlib import Path

from labeler.experiment.data.dvc_hash import LOCK, dvc_hash, relative
from labeler.experiment.files import ExperimentFiles
from labeler.experiment.records import DatasetInfo, DataVersion


def data_version(
    info: DatasetInfo, files: ExperimentFiles, project: Path, *, image_commit: str | None = None
) -> DataVersion:
    """`project`: the directory of dvc.lock; `image_commit` counts where that is no checkout. None: not known."""
    commit = _git(project, "rev-parse", "HEAD")
    changes = _git(project, "status", "--porcelain", "--", ":/", *_without_outputs(files, project.resolve()))
    return DataVersion(
        statements_sha256=info.statements_sha256,
        reference_sha256=info.reference_sha256,
        dvc=dvc_hash(info, files, project.resolve()),
        git_commit=commit or image_commit,
        git_is_dirty=bool(changes) if commit and changes is not None else None,
    )


def _without_outputs(files: ExperimentFiles, project: Path) -> list[str]:
    """Pathspecs that exclude what the steps of a clean checkout write: DVC's lock and the experiment's files."""
    directory = relative(files.directory.resolve(), project)
    return [f":(exclude){LOCK}", *([f":(exclude){directory}"] if directory not in {"", "."} else [])]


def _git(project: Path, *arguments: str) -> str | None:
    """None without git, or outside a repository."""
    git = shutil.which("git")
    if git is None:
        return None
    done = subprocess.run(
        [git, "-C", str(project), *arguments], capture_output=True, text=True, check=False, errors="replace"
    )
    return done.stdout.strip() if done.returncode == 0 else None
