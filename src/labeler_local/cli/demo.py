"""`labeler demo`: one day from landing to published labels, on a local AWS, in about a minute."""

import json
import math
import shutil
import tempfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from labeler import layout
from labeler.cli.console import err, out, progress_bar
from labeler.cli.summary import show_summary
from labeler.cli.watch import follow
from labeler.errors import EXIT_PERMANENT, ServiceUnavailableError
from labeler.messages import RunState
from labeler.monitoring.thresholds import thresholds_of
from labeler.published import RunSummary
from labeler.runs.connection import Connection
from labeler.runs.landing import land_files, read_folder
from labeler.runs.report import write_report
from labeler.runs.start import invoke_manifest
from labeler.settings import ExperimentSettings
from labeler.storage import Bucket
from labeler.task import RawFile

if TYPE_CHECKING:
    from labeler_local.emulator.stack import LocalStack

TRAINING_ACCOUNTS = 120
UNITS = 12
"""So that both workers have several units to take, however few files there are."""
SEED = 7
REPORT = "report.html"
MONITORING = "monitoring"


def demo(
    statements: Annotated[
        Path | None, typer.Option(help="Your own folder of CSV files instead of synthetic ones.")
    ] = None,
    files: Annotated[int, typer.Option(help="Synthetic statements to label.", min=1)] = 1200,
    workers: Annotated[int, typer.Option(help="Worker processes.", min=1)] = 2,
    directory: Annotated[Path, typer.Option(help="Where labels, summary and report go.")] = Path("build/demo"),
    *,
    monitor: Annotated[
        bool, typer.Option("--monitor", help="Half of the files as yesterday's run, and look for drift. Takes longer.")
    ] = False,
) -> None:
    """Run a whole day here: statements, a champion, manifest, queue, workers, completion, summary, report."""
    from labeler_local.emulator.stack import local_stack

    daily, labeled, origin = _statements(statements, files)
    for old in (directory / "labels", directory / "quarantine"):
        shutil.rmtree(old, ignore_errors=True)
    directory.mkdir(parents=True, exist_ok=True)
    days = _days(daily, datetime.now(UTC).date(), is_monitored=monitor)
    unit_max_files = max(1, math.ceil(len(daily) / UNITS))
    with (
        tempfile.TemporaryDirectory(prefix="labeler-demo-") as scratch,
        local_stack(Path(scratch), tick_s=1.0, unit_max_files=unit_max_files) as stack,
    ):
        out.print(f"local AWS at {stack.endpoint}; {len(daily):,} {origin}")
        stack.start_workers(workers)  # they load their libraries while the champion is trained
        _train_champion(stack, labeled)
        connection = Connection(stack.operator_settings, stack.aws)
        summaries = [_label(stack, connection, day, files) for day, files in days.items()]
        if monitor:
            _look_for_drift(stack, summaries, directory / MONITORING)
        summary = summaries[-1]
        show_summary(summary, connection.drift(summary.run_id))
        _keep(stack, summary, directory)
        write_report(connection, connection.run(summary.run_id), directory / REPORT, now=datetime.now(UTC))
    _explain(directory)
    if summary.state is RunState.FAILED:
        raise typer.Exit(EXIT_PERMANENT)


def _train_champion(stack: "LocalStack", labeled: list[RawFile]) -> None:
    from labeler.experiment.training.first_champion import first_champion

    settings = ExperimentSettings(registry_uri=stack.manifest_settings.registry_uri)
    with err.status("training") as status:
        model = first_champion(
            labeled, settings, at=datetime.now(UTC), progress=lambda step: status.update(f"champion: {step}")
        )
    out.print(
        f"champion: [bold]{model.name} version {model.version}[/], trained on {model.rows:,} rows of "
        f"{model.files:,} files; on later rows accuracy {model.accuracy:.3f} "
        f"(majority {model.majority_accuracy:.3f}), macro-F1 {model.macro_f1:.3f}"
    )


def _days(files: list[RawFile], today: date, *, is_monitored: bool) -> dict[date, list[RawFile]]:
    """Drift needs a day to compare with: yesterday gets every second file."""
    if not is_monitored:
        return {today: files}
    return {today - timedelta(days=1): files[::2], today: files[1::2]}


def _label(stack: "LocalStack", connection: Connection, day: date, files: list[RawFile]) -> RunSummary:
    with progress_bar() as progress:
        bar = progress.add_task("landing files", total=len(files))
        land_files(stack.raw, files, layout.landing_prefix(day), on_file=lambda: progress.advance(bar))
    plan = invoke_manifest(connection, day)
    return follow(connection, plan.run_id, check=lambda: _require_workers(stack))


def _look_for_drift(stack: "LocalStack", summaries: list[RunSummary], workspace: Path) -> None:
    """The first run becomes the reference of its model. Evidently's workspace outlives the stack in the folder."""
    from labeler.monitoring.drift.evaluate import evaluate_drift
    from labeler.monitoring.drift.workspace import mirror

    settings = stack.monitoring_settings
    with err.status("looking for drift"):
        for summary in summaries:
            evaluate_drift(
                summary.run_id,
                settings=settings,
                aws=stack.aws,
                thresholds=thresholds_of(settings),
                now=datetime.now(UTC),
            )
        mirror(Bucket(stack.aws, settings.monitoring_bucket), workspace, {})


def _statements(folder: Path | None, files: int) -> tuple[list[RawFile], list[RawFile], str]:
    """(files to label, labeled files to learn from, what they are)"""
    from labeler_local.synthetic import LIKE_REAL, REJECTABLE, generate

    with err.status("preparing statements"):
        synthetic = [
            RawFile(*file)
            for file in generate(accounts=TRAINING_ACCOUNTS, seed=SEED, with_labels=True, corruption=LIKE_REAL)
        ]
        if folder is None:
            generated = generate(accounts=files, seed=SEED + 1, with_labels=False, corruption=REJECTABLE)
            return (
                [RawFile(*file) for file in generated],
                synthetic,
                "synthetic statements, some of them broken on purpose",
            )
        own = read_folder(folder)
    if _is_labeled(own):
        return own, own, f"statements of {folder}; the champion learns from their own labels"
    return own, synthetic, f"statements of {folder} without labels; the champion learns from synthetic ones"


def _is_labeled(files: list[RawFile]) -> bool:
    """Some rows have a category that the task knows."""
    from labeler.transactions import task

    return len(task.read(files, with_labels=True).file_index) > 0


def _require_workers(stack: "LocalStack") -> None:
    if why := stack.workers.why_none_runs():
        raise ServiceUnavailableError(why)


def _keep(stack: "LocalStack", summary: RunSummary, directory: Path) -> None:
    """The local AWS ends with the demo: its labels, quarantine and summary stay in the folder."""
    generation = Connection(stack.operator_settings, stack.aws).generation(summary.run_id, summary.generation)
    for output in (*generation.labels, *generation.quarantine):
        path = directory / output.key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(stack.labels.get(output.key))
    kept = summary.model_dump(mode="json") | {
        "labels": str(directory / layout.LABELS),
        "quarantine": str(directory / layout.QUARANTINE),
        "labels_in_s3": summary.labels,
        "quarantine_in_s3": summary.quarantine,
    }
    (directory / "summary.json").write_text(json.dumps(kept, indent=2, ensure_ascii=False) + "\n")


def _explain(directory: Path) -> None:
    out.print(f"labels:     {directory / layout.LABELS} (Parquet)")
    out.print(f"quarantine: {directory / layout.QUARANTINE} (file, line, column and reason of every reject)")
    out.print(f"summary:    {directory / 'summary.json'}")
    out.print(f"report:     {directory / REPORT} (what happened, for a browser)")
    if (directory / MONITORING).is_dir():
        page = f"labeler monitor up --workspace {directory / MONITORING}"
        out.print(f"drift:      `{page}` shows Evidently's page with the demo's runs", soft_wrap=True)
    query = f"import pandas as pd; print(pd.read_parquet('{directory / layout.LABELS}').groupby('label').confidence.describe())"
    out.print(f'query them: .venv/bin/python -c "{query}"', soft_wrap=True, markup=False)
