"""The champion that comes and goes with a release: `labeler release promote` and `restore-champion`."""

from pathlib import Path
from typing import Annotated

import typer

from labeler.cli.champion_change import promotion_request, show_change
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
    from labeler.experiment.registering.recipe import read_recipe
    from labeler.release.champion import ChampionKept, KeptReason, promote_with_release

    settings = experiment_settings()
    recipe = read_recipe(source, model_name=settings.model_name)
    if recipe is None:
        out.print(f"{source} names no champion: nothing to promote")
        return
    history, request = log.read_history(connect(stage).runs), promotion_request(by)
    outcome = promote_with_release(settings, history, recipe.version, sha256=recipe.sha256, request=request)
    if not isinstance(outcome, ChampionKept):
        show_change(outcome)
    elif outcome.reason is KeptReason.IS_NAMED:
        out.print(f"version {outcome.version} is the champion already")
    else:
        out.print(f"{source} names version {recipe.version}, the champion is version {outcome.version}: it stays")
        out.print("A release before brought that one, and somebody made another the champion since. To have it back:")
        out.print(f"labeler model promote {recipe.version}")


def restore_champion(stage: Stage = None, by: By = None) -> None:
    """After a rollback: `labeler model rollback`, when the releases that were left had brought the champion."""
    from labeler.release.champion import ChampionKept, restore_before

    rolled_back = log.read_history(connect(stage).runs).champions_rolled_back()
    if not rolled_back:
        out.print("what was left brought no champion of its own: the champion stays")
        return
    outcome = restore_before(experiment_settings(), rolled_back, request=promotion_request(by))
    if isinstance(outcome, ChampionKept):
        out.print(f"the champion is version {outcome.version}, which was not brought by what was left: it stays")
    else:
        show_change(outcome)
