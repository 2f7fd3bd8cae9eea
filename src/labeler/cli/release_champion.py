"""The champion that comes and goes with a release: `labeler release promote` and `restore-champion`."""

from pathlib import Path
from typing import Annotated

import typer

from labeler.cli import model
from labeler.cli.connection import Stage, connect, experiment_settings
from labeler.cli.console import out
from labeler.cli.options import By
from labeler.release import log


def promote(
    source: Annotated[Path, typer.Option("--from", help="Names the champion in its section champion.")],
    stage: Stage = None,
    by: By = None,
) -> None:
    """Promote what params.yaml names, unless a release that worked brought it: then people had the last word."""
    recipe = model.recipe_of(source)
    if recipe is None or recipe.sha256 != log.read_history(connect(stage).runs).champion_that_worked():
        model.promote(source=source, by=by)
        return
    version, sha256 = _champion()
    if sha256 == recipe.sha256:
        out.print(f"version {version} is the champion already")
        return
    out.print(f"{source} names version {recipe.version}, the champion is version {version}: it stays")
    out.print("A release before brought that one, and somebody made another the champion since. To have it back:")
    out.print(f"labeler model promote {recipe.version}")


def restore_champion(stage: Stage = None, by: By = None) -> None:
    """After a rollback: `labeler model rollback`, when the releases that were left had brought the champion."""
    left = log.read_history(connect(stage).runs).champions_left()
    if not left:
        out.print("what was left brought no champion of its own: the champion stays")
        return
    version, sha256 = _champion()
    if sha256 not in left:
        out.print(f"the champion is version {version}, which was not brought by what was left: it stays")
        return
    model.take_back("the release that brought it was rolled back", by=by, over=left)


def _champion() -> tuple[str, str | None]:
    """Its version, and its SHA-256 when it says one."""
    from labeler.models.registry import CHAMPION, SHA256_TAG
    from labeler.models.versions import find_version, open_registry

    settings = experiment_settings()
    found = find_version(open_registry(settings.registry_uri), settings.registry_uri, settings.model_name, CHAMPION)
    return str(found.version), found.tags.get(SHA256_TAG)
