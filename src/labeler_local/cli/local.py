"""`labeler local up`: the whole pipeline on a laptop, until Ctrl-C."""

import signal
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from labeler.cli.console import err, out
from labeler.settings import LOCAL_STACK_FILE, save_local_stack

if TYPE_CHECKING:
    from labeler_local.emulator.stack import LocalStack

app = typer.Typer(no_args_is_help=True, help="The pipeline on a laptop.")


class _InterruptedError(Exception):
    """Ctrl-C or SIGTERM came while something was starting."""


@app.callback()
def about() -> None:
    """The pipeline on a laptop."""


@app.command()
def up(
    workers: Annotated[int, typer.Option(help="Worker processes.", min=0)] = 2,
    port: Annotated[int, typer.Option(help="0 takes a free one.", min=0, max=65535)] = 0,
    directory: Annotated[Path, typer.Option(help="Registry and logs.")] = Path("build/local"),
    tick_s: Annotated[float, typer.Option(help="Between two looks at the open runs.", min=0.1)] = 5.0,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="A setting of its processes; again for each."),
    ] = None,
    *,
    mlflow: Annotated[
        bool, typer.Option("--mlflow", help="MLflow's server with PostgreSQL behind it, instead of a registry file.")
    ] = False,
    mlflow_port: Annotated[int, typer.Option(help="With --mlflow; 0 takes a free one.", min=0, max=65535)] = 0,
) -> None:
    """Start a local AWS with queues, functions, schedules and workers; other terminals find it by themselves."""
    leave = threading.Event()

    def stop(_signal: int, _frame: Any) -> None:
        leave.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    options = {"port": port, "tick_s": tick_s, "is_serving_mlflow": mlflow, "mlflow_port": mlflow_port}
    try:
        with ExitStack() as opened:
            stack = _start(directory, settings or [], options, leave, opened)
            stack.start_workers(workers)
            with _found_by_other_terminals(stack):
                _say(stack, workers)
                leave.wait()
                out.print("stopping")
    except _InterruptedError:
        out.print("stopped before everything was up")


def _start(
    directory: Path, settings: list[str], options: dict[str, Any], leave: threading.Event, opened: ExitStack
) -> "LocalStack":
    """Ctrl-C is heard between two steps, so that what was started is also ended."""
    from labeler_local.emulator.options import parse_settings
    from labeler_local.emulator.stack import local_stack

    stack_options = parse_settings(settings) | options
    if options["is_serving_mlflow"]:
        err.print("PostgreSQL and MLflow's server start: 10 s, or a minute on a busy machine")
    with err.status("starting") as status:

        def on_step(step: str) -> None:
            if leave.is_set():
                raise _InterruptedError
            status.update(step)

        return opened.enter_context(
            local_stack(directory, is_restarting_workers=True, progress=on_step, **stack_options)
        )


@contextmanager
def _found_by_other_terminals(stack: "LocalStack") -> Iterator[None]:
    save_local_stack(stack.environment())
    try:
        yield
    finally:
        LOCAL_STACK_FILE.unlink(missing_ok=True)


def _say(stack: "LocalStack", workers: int) -> None:
    out.print(f"endpoint: [bold]{stack.endpoint}[/]   workers: {workers}   logs: {stack.directory / 'logs'}")
    out.print(f"registry: {stack.manifest_settings.registry_uri}")
    out.print(f"`labeler` in this folder uses it; elsewhere: . {LOCAL_STACK_FILE.resolve()}", soft_wrap=True)
    out.print("next: labeler statements generate build/statements --labels")
    out.print("      labeler experiment run --quick --statements build/statements")
    out.print("      labeler model promote challenger")
    out.print("      labeler statements land build/statements")
    out.print("      labeler run start && labeler run watch")
    if stack.registry:
        out.print("Ctrl-C ends it; all that it holds goes with it, the registry's versions, too")
    else:
        out.print("Ctrl-C ends it; what it holds is in memory and goes with it")
