"""The champion that comes and goes with a release: `labeler release promote` and `restore-champion`."""

from pathlib import Path
from typing import Annotated

import typer

from labeler.cli.connection import Stage, connect, experiment_settings
from labeler.cli.console import out
from labeler.cli.model import promotion_request, show_change
from labeler.cli.options import By
from labeler.release import log
from labeler.task import load_task


def promote(
    source: Annotated[Path, typer.Option("--from", help="Names the champion in its section champion.")],
    stage: Stage = None,
    by: By = None,
) -> None:
    """Promote what params.yaml names, unless a release that worked brought it: then people had the last word."""
    from labeler.experiment.registering.recipe import read_recipe
    from labeler.models.promotion import promote as promoted
    from labeler.models.versions import champion_bundle

    settings = experiment_settings()
    recipe = read_recipe(source, model_name=settings.model_name)
    if recipe is None:
        out.print(f"{source} names no champion: nothing to promote")
        return
    if recipe.sha256 != log.read_history(connect(stage).runs).last_good_champion():
        task, request = load_task(settings.task), promotion_request(by, None)
        names = settings.registry_uri, settings.model_name, recipe.version
        show_change(promoted(*names, task=task, request=request, sha256=recipe.sha256))
        return
    champion = champion_bundle(settings.registry_uri, settings.model_name)
    if champion.sha256 == recipe.sha256:
        out.print(f"version {champion.version} is the champion already")
        return
    out.print(f"{source} names version {recipe.version}, the champion is version {champion.version}: it stays")
    out.print("A release before brought that one, and somebody made another the champion since. To have it back:")
    out.print(f"labeler model promote {recipe.version}")


def restore_champion(stage: Stage = None, by: By = None) -> None:
    """After a rollback: `labeler model rollback`, when the releases that were left had brought the champion."""
    from labeler.models.promotion import rollback
    from labeler.models.versions import champion_bundle

    left = log.read_history(connect(stage).runs).champions_rolled_back()
    if not left:
        out.print("what was left brought no champion of its own: the champion stays")
        return
    settings = experiment_settings()
    champion = champion_bundle(settings.registry_uri, settings.model_name)
    if champion.sha256 not in left:
        out.print(f"the champion is version {champion.version}, which was not brought by what was left: it stays")
        return
    request = promotion_request(by, "the release that brought it was rolled back")
    task = load_task(settings.task)
    show_change(rollback(settings.registry_uri, settings.model_name, task=task, request=request, excluded_sha256s=left))
