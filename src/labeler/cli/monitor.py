"""`labeler monitor`: does a day look like what its model knows, and how right were its labels?"""

import signal
import threading
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer

from labeler import layout
from labeler.aws import Aws
from labeler.cli.console import AsJson, err, out, print_json, print_table
from labeler.cli.summary import drift_line
from labeler.errors import SettingsError
from labeler.formatting import percent
from labeler.monitoring.reports import DriftReport, PerformanceReport
from labeler.monitoring.thresholds import thresholds_of
from labeler.settings import (
    PREFIX,
    MonitoringHostSettings,
    MonitoringSettings,
    load_local_stack,
    subprocess_environment,
)
from labeler.storage import Bucket
from labeler.task import load_task

app = typer.Typer(no_args_is_help=True, help="Drift of a run's data, and performance once the truth is known.")
RunId = Annotated[str, typer.Argument(metavar="RUN", help="A run's id or date.")]
AsMetrics = Annotated[
    bool, typer.Option("--metrics", help="Send the figures to CloudWatch, where the alarm listens, and say nothing.")
]
DEMO = Path("build/demo/monitoring")
COPY = Path("build/monitoring")


@app.command()
def run(name: RunId, *, as_json: AsJson = False, as_metrics: AsMetrics = False) -> None:
    """Compare a published run with its model's reference and write the verdict beside the run's summary."""
    from labeler.monitoring.cloudwatch import send
    from labeler.monitoring.drift.evaluate import evaluate_drift
    from labeler.monitoring.metrics import drift_measures

    settings, aws = _settings()
    with err.status("comparing"):
        report = evaluate_drift(
            _run_id(name), settings=settings, aws=aws, thresholds=thresholds_of(settings), now=datetime.now(UTC)
        )
    if as_metrics:
        send(drift_measures(report), aws)
    elif as_json:
        print_json(report)
    else:
        show(report)


@app.command()
def baseline(name: RunId) -> None:
    """Make a published run the reference of its model version; verdicts from now on compare with it."""
    from labeler.monitoring.drift.baseline import set_baseline
    from labeler.monitoring.drift.sampled_run import read_sampled_run

    settings, aws = _settings()
    sampled = read_sampled_run(_run_id(name), Bucket(aws, settings.runs_bucket))
    set_baseline(sampled, Bucket(aws, settings.monitoring_bucket), thresholds_of(settings))
    summary = sampled.summary
    out.print(f"{summary.run_id} is the reference of {summary.model_name} version {summary.model_version} from now on")


@app.command()
def truth(
    name: RunId,
    labels: Annotated[str, typer.Option(help="A folder, or s3://bucket/prefix, of files with their true category.")],
    *,
    as_json: AsJson = False,
    as_metrics: AsMetrics = False,
) -> None:
    """Compare a run's labels with true ones that came later; files are found by their names."""
    from labeler.monitoring.cloudwatch import send
    from labeler.monitoring.ground_truth import open_ground_truth
    from labeler.monitoring.metrics import performance_measures
    from labeler.monitoring.performance import measure_performance

    settings, aws = _settings()
    with err.status("joining"):
        report = measure_performance(
            _run_id(name),
            ground_truth=open_ground_truth(labels, aws),
            task=load_task(settings.task),
            runs=Bucket(aws, settings.runs_bucket),
            labels=Bucket(aws, settings.labels_bucket),
            now=datetime.now(UTC),
        )
    if as_metrics:
        send(performance_measures(report), aws)
    elif as_json:
        print_json(report)
    else:
        show_performance(report)


@app.command()
def up(
    workspace: Annotated[Path | None, typer.Option(help="A folder that is shown as it is, such as the demo's.")] = None,
    port: Annotated[int | None, typer.Option(help="LABELER_PORT when left out, then 8000.", min=1, max=65535)] = None,
    refresh_s: Annotated[float, typer.Option(help="Between two looks for new runs in S3.", min=1)] = 60.0,
    copy: Annotated[Path, typer.Option(help="Where the copy of S3's workspace goes.")] = COPY,
) -> None:
    """Show Evidently's page with the runs of the local stack, of S3, or else of the demo, until Ctrl-C."""
    from labeler.monitoring.drift.serve import HOST, Page, serve

    bucket, settings = _workspace_bucket(workspace)
    directory = workspace or (copy if bucket else DEMO)
    if bucket is None and not directory.is_dir():
        raise SettingsError(
            f"there is no workspace in {directory}, no local stack, and LABELER_MONITORING_BUCKET is not set",
            hint="`labeler demo --monitor` makes one, or `labeler local up` and `labeler monitor run RUN`",
        )
    chosen = port or (settings.port if settings else 8000)
    leave = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: leave.set())
    out.print(
        f"http://{HOST}:{chosen} in some 15 s, with the runs in {bucket.url('') if bucket else directory}; Ctrl-C ends it"
    )
    # Evidently reports how it is used to its makers unless it is told not to
    page = Page(directory.resolve(), port=chosen, variables=subprocess_environment(DO_NOT_TRACK="1"))
    serve(page, directory, bucket, refresh_s=refresh_s, is_leaving=leave.is_set)


def show(report: DriftReport) -> None:
    out.print(f"[bold]{report.run_id}[/] ", drift_line(report, report.generation), sep="", soft_wrap=True)
    if report.reference:
        out.print(f"{report.rows_sampled:,} rows against {report.reference.rows:,} rows of {report.reference.origin}")
    every = [one for one in (report.rejects, report.label, report.confidence) if one]
    worst = sorted(report.features, key=lambda one: one.threshold / max(one.score, 1e-9))[:8]
    if report.features:
        rows = [(one.column, one.score, one.threshold, "drifted" if one.is_drifted else "") for one in [*every, *worst]]
        print_table("", ("what", "distance", "allowed", ""), rows)


def show_performance(report: PerformanceReport) -> None:
    out.print(
        f"[bold]{report.run_id}[/]: {report.rows_known:,} of {report.rows_labeled:,} labels have a true one; accuracy "
        f"{percent(report.accuracy)} (always the most frequent category: {percent(report.majority_accuracy)}), "
        f"macro-F1 {report.macro_f1:.2f}, mean confidence {percent(report.mean_confidence)}"
    )
    top = sorted(report.categories, key=lambda one: -one.rows)[:10]
    columns = ("category", "rows", "precision", "recall", "F1")
    print_table("", columns, [(one.category, one.rows, one.precision, one.recall, one.f1) for one in top])


def _settings() -> tuple[MonitoringSettings, Aws]:
    load_local_stack()
    return MonitoringSettings.from_environment(), Aws()


def _run_id(name: str) -> str:
    """By date its daily run. The ledger is not asked: a pod that monitors has no need to read it."""
    try:
        return layout.run_id(date.fromisoformat(name))
    except ValueError:
        return name


def _workspace_bucket(workspace: Path | None) -> tuple[Bucket | None, MonitoringHostSettings | None]:
    if workspace:
        return None, None
    load_local_stack()
    try:
        settings = MonitoringHostSettings.from_environment()
    except SettingsError as error:
        if f"{PREFIX}PORT" in error.message:
            raise
        return None, None
    return Bucket(Aws(), settings.monitoring_bucket), settings
