"""Deploys the app to an empty local AWS, runs a day there, and destroys it again."""

import shutil
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from labeler.cli.console import err, out, print_table
from labeler.cli.summary import show_summary
from labeler.formatting import duration
from labeler_local.deployment.cdk import Cdk
from labeler_local.deployment.comparison import compare, stack_name
from labeler_local.deployment.daily_run import DailyRun, run_daily_labeling
from labeler_local.deployment.support import LOCAL, PLATFORM, RUN_STACKS, UNSUPPORTED_STACKS
from labeler_local.deployment.teardown import destroy
from labeler_local.emulator.cloud import Cloud, started_cloud
from labeler_local.emulator.cloudformation import extend_cloudformation
from labeler_local.emulator.deployed import deployed_stack

TICK_S = 1.0


def deploy_and_run(node: Path, directory: Path, *, assembly: Path | None, stacks: Sequence[str]) -> DailyRun:
    """`stacks`: in deployment order. Raises a LabelerError that says what failed."""
    started = time.monotonic()
    shutil.rmtree(directory, ignore_errors=True)  # an old registry has an old champion
    directory.mkdir(parents=True)
    with started_cloud() as cloud:
        extend_cloudformation(cloud.aws.session)
        cdk = Cdk(node, cloud.variables, log=directory / "cdk.log")
        out.print(f"an empty AWS at {cloud.endpoint}; what the CDK says goes to {cdk.log}")
        assembly = assembly or _synthesise(cdk, directory / "cdk.out")
        _deploy(cdk, cloud, assembly, stacks)
        daily_run = _run(cloud, directory)
        destroy(cdk, cloud.aws, assembly, stacks)
    out.print(f"[bold green]the local deployment passed[/] in {duration(time.monotonic() - started)}")
    return daily_run


def _synthesise(cdk: Cdk, assembly: Path) -> Path:
    with err.status("synthesising"):
        out.print(f"synthesised {LOCAL} and {PLATFORM} in {cdk.synth(assembly, stages=(LOCAL, PLATFORM)):.1f} s")
    return assembly


def _deploy(cdk: Cdk, cloud: Cloud, assembly: Path, stacks: Sequence[str]) -> None:
    rows = []
    with err.status("bootstrapping") as status:
        out.print(f"bootstrapped in {cdk.bootstrap(assembly):.1f} s")
        for path in stacks:
            status.update(f"deploying {path}")
            seconds = cdk.deploy(assembly, path)
            comparison = compare(cloud.aws, assembly, path)
            ignored = ", ".join(f"{count} {type_}" for type_, count in sorted(comparison.ignored.items()))
            rows.append((path, f"{seconds:.1f}", f"{comparison.created} of {comparison.expected}", ignored))
    print_table("deployed", ("stack", "seconds", "resources", "left out by the emulator"), rows)
    for path, unsupported in UNSUPPORTED_STACKS.items():
        out.print(f"not deployed: {path}: {unsupported.reason}", soft_wrap=True)


def _run(cloud: Cloud, directory: Path) -> DailyRun:
    names = [stack_name(path) for path in RUN_STACKS]
    with deployed_stack(directory, cloud, stacks=names, tick_s=TICK_S) as stack:
        daily_run = run_daily_labeling(stack, datetime.now(UTC).date())
    show_summary(daily_run.summary)
    out.print(
        f"on what CloudFormation made: {daily_run.completions} completion messages by its queue, "
        f"{daily_run.forecasts} forecasts by its rule"
    )
    return daily_run
