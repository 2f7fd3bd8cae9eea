"""`labeler run`: start, look at, wait for and repair a run."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated

import typer

from labeler import errors, layout
from labeler.cli.connection import connect
from labeler.cli.console import AsJson, out, print_json, print_table
from labeler.cli.options import RunName
from labeler.cli.summary import show_failed, show_summary
from labeler.cli.watch import follow
from labeler.formatting import duration
from labeler.ledger import RunRecord
from labeler.messages import RunState, UnitState
from labeler.published import Forecast
from labeler.runs.start import invoke_manifest

app = typer.Typer(no_args_is_help=True, help="Start, watch and repair runs.")


@app.command()
def start(
    run_date: Annotated[
        datetime | None, typer.Option("--date", formats=["%Y-%m-%d"], help="The day to label; today (UTC).")
    ] = None,
    kind: Annotated[str, typer.Option(help="Another kind is another run of the same day.")] = layout.DAILY,
    model_version: Annotated[str | None, typer.Option(help="Instead of the champion.")] = None,
    *,
    beside_published: Annotated[
        bool, typer.Option("--beside-published", help="With --kind: also a day whose daily labels are published.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Start a day's run. Repeating it is safe: it finishes what was begun and starts nothing twice."""
    day = run_date.date() if run_date else datetime.now(UTC).date()
    plan = invoke_manifest(connect(), day, kind=kind, model_version=model_version, keep_published=not beside_published)
    if as_json:
        print_json(plan)
        return
    verb = "started" if plan.is_new else f"was started before, it is {plan.state}"
    out.print(
        f"[bold]{plan.run_id}[/] {verb}: {plan.files:,} files in {plan.units:,} units, "
        f"model {plan.model_name} version {plan.model_version}, deadline {plan.deadline_at:%H:%M} UTC"
    )
    out.print(f"watch it: labeler run watch {plan.run_id}")


@app.command(name="list")
def list_runs(*, as_json: AsJson = False) -> None:
    """All runs that the ledger keeps, newest first."""
    runs = connect().ledger.runs()
    if as_json:
        print_json(runs)
        return
    columns = ("run", "state", "gen.", "started (UTC)", "units", "failed", "rows labeled", "model")
    print_table(
        "",
        columns,
        [
            (
                run.run_id,
                run.state.replace("_", " "),
                run.generation,
                f"{run.started_at:%Y-%m-%d %H:%M}",
                f"{run.units_done}/{run.units}",
                run.units_failed,
                run.rows_labeled,
                run.model_version,
            )
            for run in runs
        ],
    )


@app.command()
def status(name: RunName = None, *, as_json: AsJson = False) -> None:
    """Where a run stands: progress and forecast, or what it published."""
    connection = connect()
    run = connection.run(name)
    forecast = next(reversed(connection.ledger.forecasts(run.run_id)), None)
    summary = connection.summary(run.run_id) if run.state.is_published else None
    drift = connection.drift(run.run_id)
    failed = [unit for unit in connection.ledger.units(run.run_id) if unit.state is UnitState.FAILED]
    if as_json:
        reasons = {str(unit.unit_id): unit.reason for unit in failed}
        print_json({"run": run, "forecast": forecast, "summary": summary, "drift": drift, "failed_units": reasons})
        return
    if summary:
        show_summary(summary, drift)
        return
    print_table(f"{run.run_id}  {run.state}", ("", ""), [*_progress_rows(run), *_forecast_rows(forecast)])
    show_failed([(unit.unit_id, unit.reason) for unit in failed])


def _progress_rows(run: RunRecord) -> list[tuple[str, object]]:
    return [
        ("generation", run.generation),
        ("model", f"{run.model_name} {run.model_version}"),
        ("started", f"{run.started_at:%Y-%m-%d %H:%M:%S} UTC"),
        ("deadline", f"{run.deadline_at:%H:%M:%S} UTC"),
        ("units", f"{run.units_done} done, {run.units_failed} failed, of {run.units}"),
        ("rows labeled", run.rows_labeled),
        ("rows quarantined", run.rows_quarantined),
    ]


def _forecast_rows(forecast: Forecast | None) -> list[tuple[str, object]]:
    if forecast is None:
        return [("forecast", "none yet")]
    eta = f"{forecast.eta_at:%H:%M:%S} UTC" if forecast.eta_at else "not known yet"
    slack = duration(forecast.slack_s) if forecast.slack_s is not None else "not known yet"
    return [
        ("deadline is", forecast.state.replace("_", " ")),
        ("ends about", eta),
        ("slack", slack),
        ("workers", f"{forecast.workers_active} active, {forecast.workers_needed} needed"),
    ]


@app.command()
def watch(name: RunName = None, *, as_json: AsJson = False) -> None:
    """Follow a run until it is published: progress, end, slack, workers, rejects. Exit 65 when it failed."""
    connection = connect()
    run = connection.run(name)
    summary = follow(connection, run.run_id)
    if as_json:
        print_json(summary)
    else:
        show_summary(summary)
    if summary.state is RunState.FAILED:
        raise typer.Exit(errors.EXIT_PERMANENT)


@app.command()
def redrive(name: RunName = None, *, as_json: AsJson = False) -> None:
    """Give a run's failed units to the workers again; it publishes a new generation."""
    from labeler.completion.redrive import redrive as redrive_run

    connection = connect()
    run = connection.run(name)
    result = redrive_run(run.run_id, settings=connection.settings, aws=connection.aws, now=datetime.now(UTC))
    if as_json:
        print_json(asdict(result))
        return
    out.print(
        f"[bold]{result.run_id}[/] reopened for generation {result.generation}: {len(result.units_reopened)} units go "
        f"to the workers again ({len(result.units_sent_anew)} of them sent anew)"
    )
    for other, count in result.dead_letters_moved.items():
        if other != run.run_id:
            out.print(f"also moved: {count} dead letters of {other}; a queue is moved as a whole")
    if result.units_left_dead:
        out.print(f"{len(result.units_left_dead)} units could not be moved and stay failed; try again in a minute")
