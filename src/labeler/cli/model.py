"""`labeler model`: the registered versions side by side, and which of them is the champion."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from labeler.cli.champion_change import promotion_request, show_change
from labeler.cli.connection import experiment_settings
from labeler.cli.console import AsJson, out, print_json, print_table
from labeler.cli.options import By
from labeler.task import load_task

if TYPE_CHECKING:
    from collections.abc import Mapping

    from labeler.models.comparison import ModelDetails
    from labeler.models.versions import ModelVersion

app = typer.Typer(no_args_is_help=True, help="List, compare, promote and roll back registered models.")
VersionName = Annotated[
    str, typer.Argument(metavar="VERSION", help="A version's number, or an alias such as champion.")
]


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
def show(name: VersionName, *, as_json: AsJson = False) -> None:
    """One version: tags, metrics, parameters, and the data that it was trained on."""
    from labeler.models.comparison import describe

    settings = experiment_settings()
    details = describe(settings.registry_uri, settings.model_name, name)
    if as_json:
        print_json(details)
        return
    print_table(_name(details), ("", ""), [*_lineage(details), *sorted(details.tags.items())])
    print_table(
        "metrics", ("metric", "value"), [(name, _figure(value)) for name, value in sorted(details.metrics.items())]
    )
    print_table("parameters", ("parameter", "value"), sorted(details.parameters.items()))


@app.command()
def compare(first: VersionName, second: VersionName, *, as_json: AsJson = False) -> None:
    """The metrics of two versions side by side, and the parameters in which they differ."""
    from labeler.models.comparison import compare as compared

    settings = experiment_settings()
    comparison = compared(settings.registry_uri, settings.model_name, first, second)
    if as_json:
        metrics = {line.metric: (line.first, line.second, line.difference) for line in comparison.metrics}
        print_json(
            {
                "first": comparison.first,
                "second": comparison.second,
                "metrics": metrics,
                "parameters": comparison.parameters,
            }
        )
        return
    columns = ("", _short(comparison.first), _short(comparison.second))
    rows = [
        (line.metric, *map(_figure, (line.first, line.second)), _figure(line.difference, "+"))
        for line in comparison.metrics
    ]
    print_table(settings.model_name, (*columns, "difference"), rows)
    print_table(
        "parameters that differ", columns, [(name, *map(_word, pair)) for name, pair in comparison.parameters.items()]
    )


@app.command()
def promote(
    version: Annotated[
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

    if (version is None) == (source is None):
        raise typer.BadParameter("give a version or --from params.yaml", param_hint="VERSION")
    settings = experiment_settings()
    recipe = read_recipe(source, model_name=settings.model_name) if source else None
    if version is None and recipe is None:
        out.print(f"{source} names no champion: nothing to promote") if not as_json else print_json({"version": None})
        return
    change = promoted(
        settings.registry_uri,
        settings.model_name,
        recipe.version if recipe else str(version),
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


def _line(version: "ModelVersion") -> tuple[object, ...]:
    from labeler.models import registry

    tags = version.tags
    scores = [_rounded(tags, name) for name in ("later_accuracy", "later_macro_f1", "us_per_row")]
    return (
        int(version.version),
        ", ".join(version.aliases),
        tags.get(registry.CANDIDATE_TAG, ""),
        tags.get(registry.VERDICT_TAG, ""),
        *scores,
        f"{version.created_at:%Y-%m-%d}",
    )


def _rounded(tags: "Mapping[str, str]", name: str) -> str:
    from labeler.models import registry

    value = tags.get(registry.METRIC_TAG + name)
    return f"{float(value):.3f}" if value else ""


def _lineage(version: "ModelDetails") -> list[tuple[str, str]]:
    return [
        ("made (UTC)", f"{version.created_at:%Y-%m-%d %H:%M}"),
        ("MLflow run", version.run_id or ""),
        ("git commit", version.git_commit or ""),
        ("trained on", "; ".join(version.datasets)),
    ]


def _short(version: "ModelVersion") -> str:
    return ", ".join((version.version, *version.aliases))


def _name(version: "ModelVersion") -> str:
    aliases = f" ({', '.join(version.aliases)})" if version.aliases else ""
    return f"{version.name} version {version.version}{aliases}"


def _figure(value: float | None, sign: str = "") -> str:
    """Counts as counts, scores with four places."""
    if value is None:
        return ""
    return f"{value:{sign},.0f}" if value.is_integer() and abs(value) > 1 else f"{value:{sign}.4f}"


def _word(value: str | None) -> str:
    return "" if value is None else value
