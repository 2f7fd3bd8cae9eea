"""`labeler model`: the registered versions side by side, and which of them is the champion."""

import getpass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from labeler.cli.connection import experiment_settings
from labeler.cli.console import AsJson, out, print_json, print_table
from labeler.cli.options import By
from labeler.task import load_task

if TYPE_CHECKING:
    from collections.abc import Mapping

    from labeler.models.comparison import ModelDetails
    from labeler.models.promotion import ChampionChange, PromotionRequest
    from labeler.models.versions import ModelVersion

app = typer.Typer(no_args_is_help=True, help="Registered models: look at them, promote one, take it back.")
Wanted = Annotated[str, typer.Argument(metavar="VERSION", help="A version's number, or an alias such as champion.")]


@app.command(name="list")
def list_models(
    last: Annotated[int, typer.Option(help="How many versions, newest first.", min=1)] = 20,
    *,
    as_json: AsJson = False,
) -> None:
    """The versions of the model, what they scored and who is the champion."""
    from labeler.models.versions import list_versions

    settings = experiment_settings()
    versions = list_versions(settings.registry_uri, settings.model_name, last=last)
    if as_json:
        print_json(versions)
        return
    columns = ("no", "is", "candidate", "gate", "accuracy", "macro F1", "us/row", "made")
    print_table(settings.model_name, columns, [_line(version) for version in versions])


@app.command()
def show(wanted: Wanted, *, as_json: AsJson = False) -> None:
    """One version: what it says of itself, its metrics, its parameters and what it was learnt from."""
    from labeler.models.comparison import describe

    settings = experiment_settings()
    found = describe(settings.registry_uri, settings.model_name, wanted)
    if as_json:
        print_json(found)
        return
    print_table(_name(found), ("", ""), [*_lineage(found), *sorted(found.tags.items())])
    print_table(
        "metrics", ("metric", "value"), [(name, _figure(value)) for name, value in sorted(found.metrics.items())]
    )
    print_table("parameters", ("parameter", "value"), sorted(found.parameters.items()))


@app.command()
def compare(first: Wanted, second: Wanted, *, as_json: AsJson = False) -> None:
    """The metrics of two versions side by side, and the parameters in which they differ."""
    from labeler.models.comparison import compare as compared

    settings = experiment_settings()
    found = compared(settings.registry_uri, settings.model_name, first, second)
    if as_json:
        metrics = {line.metric: (line.first, line.second, line.difference) for line in found.metrics}
        print_json({"first": found.first, "second": found.second, "metrics": metrics, "parameters": found.parameters})
        return
    columns = ("", _short(found.first), _short(found.second))
    rows = [
        (line.metric, *map(_figure, (line.first, line.second)), _figure(line.difference, "+")) for line in found.metrics
    ]
    print_table(settings.model_name, (*columns, "difference"), rows)
    print_table(
        "parameters that differ", columns, [(name, *map(_word, pair)) for name, pair in found.parameters.items()]
    )


@app.command()
def promote(
    wanted: Annotated[
        str | None, typer.Argument(metavar="[VERSION]", help="A version's number, or an alias such as challenger.")
    ] = None,
    *,
    source: Annotated[
        Path | None, typer.Option("--from", help="params.yaml: promote what its section champion names.")
    ] = None,
    force: Annotated[
        str | None, typer.Option(metavar="REASON", help="Promote it although its gate said no; the reason is kept.")
    ] = None,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Make a version the champion: runs that start from now on are pinned to it. Repeating it changes nothing."""
    from labeler.experiment.registering.recipe import read_recipe
    from labeler.models.promotion import promote as promoted

    if (wanted is None) == (source is None):
        raise typer.BadParameter("give a version or --from params.yaml", param_hint="VERSION")
    settings = experiment_settings()
    recipe = read_recipe(source, model_name=settings.model_name) if source else None
    if wanted is None and recipe is None:
        out.print(f"{source} names no champion: nothing to promote") if not as_json else print_json({"version": None})
        return
    change = promoted(
        settings.registry_uri,
        settings.model_name,
        recipe.version if recipe else str(wanted),
        task=load_task(settings.task),
        request=promotion_request(by, force),
        sha256=recipe.sha256 if recipe else None,
    )
    show_change(change, as_json=as_json)


@app.command()
def rollback(
    reason: Annotated[str | None, typer.Option(help="Why; it is kept.")] = None,
    *,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Back to the champion before this one; once more: to the one before that."""
    from labeler.models.promotion import rollback as rolled_back

    settings = experiment_settings()
    task, request = load_task(settings.task), promotion_request(by, reason)
    change = rolled_back(settings.registry_uri, settings.model_name, task=task, request=request)
    show_change(change, as_json=as_json)


def promotion_request(by: str | None, reason: str | None) -> "PromotionRequest":
    from labeler.models.promotion import PromotionRequest

    return PromotionRequest(by=by or getpass.getuser(), at=datetime.now(UTC), reason=reason)


def show_change(change: "ChampionChange", *, as_json: bool = False) -> None:
    if as_json:
        print_json(change)
        return
    if not change.is_new:
        out.print(f"{change.model_name} version {change.version} is the champion already")
        return
    before = f", before it was version {change.replaced}" if change.replaced else ", the first one"
    out.print(f"[bold]{change.model_name} version {change.version}[/] is the champion{before}")


def _line(version: "ModelVersion") -> tuple[object, ...]:
    from labeler.models import registry

    said = version.tags
    scores = [_rounded(said, name) for name in ("later_accuracy", "later_macro_f1", "us_per_row")]
    return (
        int(version.version),
        ", ".join(version.aliases),
        said.get(registry.CANDIDATE_TAG, ""),
        said.get(registry.VERDICT_TAG, ""),
        *scores,
        f"{version.created_at:%Y-%m-%d}",
    )


def _rounded(tags: "Mapping[str, str]", name: str) -> str:
    from labeler.models import registry

    said = tags.get(registry.METRIC_TAG + name)
    return f"{float(said):.3f}" if said else ""


def _lineage(found: "ModelDetails") -> list[tuple[str, str]]:
    return [
        ("made (UTC)", f"{found.created_at:%Y-%m-%d %H:%M}"),
        ("MLflow run", found.run_id or ""),
        ("git commit", found.git_commit or ""),
        ("learnt from", "; ".join(found.datasets)),
    ]


def _short(found: "ModelVersion") -> str:
    return ", ".join((found.version, *found.aliases))


def _name(found: "ModelVersion") -> str:
    aliases = f" ({', '.join(found.aliases)})" if found.aliases else ""
    return f"{found.name} version {found.version}{aliases}"


def _figure(value: float | None, sign: str = "") -> str:
    """Counts as counts, scores with four places."""
    if value is None:
        return ""
    return f"{value:{sign},.0f}" if value.is_integer() and abs(value) > 1 else f"{value:{sign}.4f}"


def _word(value: str | None) -> str:
    return "" if value is None else value
