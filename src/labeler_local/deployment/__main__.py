"""`make deploy-local`: deploys the app to an empty local AWS, labels a day there, and takes all of it down again."""

import argparse
import logging
import shutil
import sys
import time
import warnings
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from labeler.aws import Aws, translated_errors
from labeler.cli.console import complain, err, out, print_table
from labeler.cli.summary import show_summary
from labeler.errors import LabelerError, PermanentError
from labeler.formatting import duration
from labeler.storage import Bucket
from labeler_local.deployment.carried import (
    CARRIED_STACKS,
    LOCAL,
    NOT_DESTROYED,
    PLATFORM,
    REFUSED,
    RUN_STACKS,
    compare,
    stack_name,
)
from labeler_local.deployment.cdk import Cdk, node_of
from labeler_local.deployment.day import Day, label_a_day
from labeler_local.emulator.cloud import Cloud, started_cloud
from labeler_local.emulator.deployed import deployed_stack
from labeler_local.emulator.formation import extend_formation

DIRECTORY = Path("build/deploy-local")
TICK_S = 1.0
EXIT_INTERRUPTED = 130
ASSETS = "cdk-"
"""How the names of the bootstrap's resources begin."""


def main() -> int:
    """The exit code."""
    options = argparse.ArgumentParser(prog="python -m labeler_local.deployment", description=__doc__)
    options.add_argument("--python", type=Path, default=Path("build/cdk-venv/bin/python"), help="with the CDK and node")
    options.add_argument("--assembly", type=Path, help="deploy this cloud assembly instead of a new one")
    options.add_argument("--run-only", action="store_true", help="without the stacks of a platform")
    given = options.parse_args()
    # what it leaves out is compared and told stack by stack
    logging.getLogger("moto").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", message="Tried to parse", category=UserWarning)
    try:
        stacks = RUN_STACKS if given.run_only else CARRIED_STACKS
        rehearse(node_of(given.python), DIRECTORY, assembly=given.assembly, stacks=stacks)
    except LabelerError as error:
        complain(error)
        return error.exit_code
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    return 0


def rehearse(node: Path, directory: Path, *, assembly: Path | None, stacks: Sequence[str]) -> Day:
    """`stacks`: in the order in which they are made. Raises a LabelerError that says what failed."""
    begun = time.monotonic()
    shutil.rmtree(directory, ignore_errors=True)  # a registry of before has a champion of before
    directory.mkdir(parents=True)
    with started_cloud() as cloud:
        extend_formation(cloud.aws.session)
        cdk = Cdk(node, cloud.variables, log=directory / "cdk.log")
        out.print(f"an empty AWS at {cloud.endpoint}; what the CDK says goes to {cdk.log}")
        made = assembly or _synthesise(cdk, directory / "cdk.out")
        _deploy(cdk, cloud, made, stacks)
        day = _label(cloud, directory)
        _take_down(cdk, cloud.aws, made, stacks)
    out.print(f"[bold green]the rehearsal passed[/] in {duration(time.monotonic() - begun)}")
    return day


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
            found = compare(cloud.aws, assembly, path)
            left_out = ", ".join(f"{count} {kind}" for kind, count in sorted(found.left_out.items()))
            rows.append((path, f"{seconds:.1f}", f"{found.made} of {found.wanted}", left_out))
    print_table("deployed", ("stack", "seconds", "resources", "left out by the emulator"), rows)
    for path, refusal in REFUSED.items():
        out.print(f"not deployed: {path}: {refusal.why}", soft_wrap=True)


def _label(cloud: Cloud, directory: Path) -> Day:
    names = [stack_name(path) for path in RUN_STACKS]
    with deployed_stack(directory, cloud, stacks=names, tick_s=TICK_S) as stack:
        day = label_a_day(stack, datetime.now(UTC).date())
    show_summary(day.summary)
    out.print(
        f"on what CloudFormation made: {day.completions} completion messages by its queue, "
        f"{day.forecasts} forecasts by its rule"
    )
    return day


def _take_down(cdk: Cdk, aws: Aws, assembly: Path, stacks: Sequence[str]) -> None:
    """CloudFormation deletes no bucket that holds objects, here as on AWS."""
    with err.status("taking it down"):
        for bucket in remains(aws)["bucket"]:
            if not bucket.startswith(ASSETS):
                for page in aws.s3.get_paginator("list_objects_v2").paginate(Bucket=bucket):
                    Bucket(aws, bucket).delete([one["Key"] for one in page.get("Contents", [])])
        seconds = cdk.destroy(assembly, [path for path in reversed(stacks) if path not in NOT_DESTROYED])
    left = {kind: [name for name in names if not name.startswith(ASSETS)] for kind, names in remains(aws).items()}
    if any(left.values()):
        raise PermanentError(f"cdk destroy left {left}", hint="see the deletion policies in cdk/retention.py")
    out.print(
        f"destroyed in {seconds:.1f} s; no bucket, queue, table, function or file system is left but the bootstrap's"
    )
    for path in set(stacks) & set(NOT_DESTROYED):
        out.print(f"not destroyed: {path}: {NOT_DESTROYED[path]}", soft_wrap=True)


def remains(aws: Aws) -> dict[str, list[str]]:
    """What costs money when it is forgotten, by kind."""
    files = aws.session.client("efs")
    with translated_errors("looking for what is left"):
        return {
            "bucket": [one["Name"] for one in aws.s3.list_buckets()["Buckets"]],
            "queue": aws.sqs.list_queues().get("QueueUrls", []),
            "table": aws.dynamodb.list_tables()["TableNames"],
            "function": [one["FunctionName"] for one in aws.lambda_.list_functions()["Functions"]],
            "file system": [one["FileSystemId"] for one in files.describe_file_systems()["FileSystems"]],
        }


if __name__ == "__main__":
    sys.exit(main())
