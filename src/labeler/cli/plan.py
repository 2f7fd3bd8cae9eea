"""`labeler plan`: does a day of so many files fit, with how many workers, and what does it cost?"""

import re
from typing import Annotated

import typer

from labeler.cli.console import AsJson, out, print_json, print_table
from labeler.errors import InputInvalidError, PlanInfeasibleError
from labeler.formatting import duration, number
from labeler.planning.capacity import CapacityPlan, plan_capacity
from labeler.planning.request import CapacityRequest

UNITS_S = {"s": 1, "m": 60, "h": 3600}


def plan(
    *,
    files: Annotated[int, typer.Option(help="Files of a day.", min=1)] = 3_000_000,
    rows: Annotated[float, typer.Option(help="Mean rows of a file.", min=1)] = 170,
    size: Annotated[float, typer.Option(help="Mean bytes of a file.", min=1)] = 17_000,
    deadline: Annotated[str, typer.Option(help="For example 1800, 30m or 1h.")] = "30m",
    files_per_second: Annotated[float, typer.Option(help="Of one worker; `make bench` measures it.", min=0.1)] = 500,
    max_workers: Annotated[int, typer.Option(help="Upper limit.", min=1)] = 200,
    warm_workers: Annotated[int, typer.Option(help="Up before the run starts.", min=0)] = 0,
    unit_max_files: Annotated[int, typer.Option(help="As LABELER_UNIT_MAX_FILES.", min=1)] = 2000,
    as_json: AsJson = False,
) -> None:
    """Workers, unit size, requests against quotas and cost of a day. Exit 65 when it can't be done in time."""
    capacity_plan = plan_capacity(
        CapacityRequest(
            files=files,
            mean_rows=rows,
            mean_bytes=size,
            deadline_s=seconds(deadline),
            files_per_second=files_per_second,
            max_workers=max_workers,
            warm_workers=warm_workers,
            unit_max_files=unit_max_files,
        )
    )
    if as_json:
        print_json(capacity_plan)
    else:
        show(capacity_plan, unit_max_files)
    if not capacity_plan.is_feasible:
        reasons = "; ".join(obstacle.reason for obstacle in capacity_plan.obstacles)
        ways = "; ".join(obstacle.hint for obstacle in capacity_plan.obstacles)
        raise PlanInfeasibleError(f"this day can't be done as asked: {reasons}", hint=ways)


def seconds(text: str) -> float:
    """`30m` is 1800. Raises InputInvalidError."""
    match = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)([smh]?)", text.strip())
    if not match or float(match[1]) <= 0:
        raise InputInvalidError(f"--deadline {text} is no time", hint="write 1800, 30m or 1h")
    return float(match[1]) * UNITS_S[match[2] or "s"]


def show(capacity_plan: CapacityPlan, unit_max_files: int) -> None:
    answer = "[bold green]yes[/]" if capacity_plan.is_feasible else "[bold red]no[/]"
    out.print(
        f"{answer}: {number(capacity_plan.workers)} workers, {number(capacity_plan.units)} units of {number(capacity_plan.unit_files)} files, "
        f"done in {duration(capacity_plan.total_s)}, slack {duration(capacity_plan.slack_s)}"
    )
    out.print(
        f"the first worker labels after {duration(capacity_plan.first_label_s)}; --warm-workers are there at once"
    )
    if capacity_plan.unit_files != unit_max_files:
        out.print(f"set LABELER_UNIT_MAX_FILES={capacity_plan.unit_files} to get units of that size")
    print_table("time", ("phase", "takes"), [(phase.name, duration(phase.seconds)) for phase in capacity_plan.phases])
    print_table(
        "load against quotas",
        ("what", "total", "peak", "quota", ""),
        [
            (load.name, load.total, round(load.peak, 1), round(load.quota), "" if load.is_within else "over")
            for load in capacity_plan.loads
        ],
    )
    print_table(
        f"cost of the day: {capacity_plan.cost_usd:,.2f} USD",
        ("what", "quantity", "unit", "USD"),
        [(line.what, round(line.quantity, 1), line.unit, round(line.usd, 2)) for line in capacity_plan.costs],
    )
    out.print(f"prices: {capacity_plan.prices}", style="dim")
