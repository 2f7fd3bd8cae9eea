"""`labeler local up`: the whole pipeline on a laptop, until Ctrl-C."""

import shlex
import signal
import threading
from pathlib import Path
from typing import Annotated, Any

import typer

from labeler.cli.console import out
from labeler.settings import LOCAL_STACK_FILE

app = typer.Typer(no_args_is_help=True, help="The pipeline on a laptop.")


@app.callback()
def about() -> None:
    """The pipeline on a laptop."""


@app.command()
def up(
    workers: Annotated[int, typer.Option(help="Worker processes.", min=0)] = 2,
    port: Annotated[int, typer.Option(help="0 takes a free one.", min=0, max=65535)] = 0,
    directory: Annotated[Path, typer.Option(help="Registry and logs.")] = Path("build/local"),
    tick_s: Annotated[float, typer.Option(help="Between two looks at the open runs.", min=0.1)] = 5.0,
) -> None:
    """Start an embedded AWS with queues, functions, schedules and workers; other terminals find it by themselves."""
    from labeler.embedded.stack import local_stack

    leave = threading.Event()

    def stop(_signal: int, _frame: Any) -> None:
        leave.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    with local_stack(directory, port=port, tick_s=tick_s, is_restarting_workers=True) as stack:
        exports = [f"export {name}={shlex.quote(value)}" for name, value in sorted(stack.environment().items())]
        LOCAL_STACK_FILE.parent.mkdir(parents=True, exist_ok=True)
        LOCAL_STACK_FILE.write_text("\n".join(exports) + "\n")
        try:
            stack.start_workers(workers)
            out.print(f"endpoint: [bold]{stack.endpoint}[/]   workers: {workers}   logs: {directory / 'logs'}")
            out.print(f"registry: {stack.manifest_settings.registry_uri}")
            out.print(f"`labeler` in this folder uses it; elsewhere: . {LOCAL_STACK_FILE.resolve()}", soft_wrap=True)
            out.print("next: labeler statements generate build/statements --labels")
            out.print("      labeler experiment run --quick --statements build/statements")
            out.print("      labeler statements land build/statements")
            out.print("      labeler run start && labeler run watch")
            out.print("Ctrl-C ends it; what it holds is in memory and goes with it")
            leave.wait()
            out.print("stopping")
        finally:
            LOCAL_STACK_FILE.unlink(missing_ok=True)
