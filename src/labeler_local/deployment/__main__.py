"""`make deploy-local`: deploys the app to an empty local AWS, labels a day there, and takes all of it down again."""

import argparse
import logging
import sys
import warnings
from pathlib import Path

from labeler.cli.console import complain
from labeler.errors import LabelerError
from labeler_local.deployment.cdk import node_of
from labeler_local.deployment.deploy import deploy_and_run
from labeler_local.deployment.support import RUN_STACKS, SUPPORTED_STACKS

DIRECTORY = Path("build/deploy-local")
EXIT_INTERRUPTED = 130


def main() -> int:
    """The exit code."""
    parser = argparse.ArgumentParser(prog="python -m labeler_local.deployment", description=__doc__)
    parser.add_argument("--python", type=Path, default=Path("build/cdk-venv/bin/python"), help="with the CDK and node")
    parser.add_argument("--assembly", type=Path, help="deploy this cloud assembly instead of a new one")
    parser.add_argument("--run-only", action="store_true", help="without the stacks of a platform")
    arguments = parser.parse_args()
    # what moto leaves out is compared and reported stack by stack
    logging.getLogger("moto").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", message="Tried to parse", category=UserWarning)
    try:
        stacks = RUN_STACKS if arguments.run_only else SUPPORTED_STACKS
        deploy_and_run(node_of(arguments.python), DIRECTORY, assembly=arguments.assembly, stacks=stacks)
    except LabelerError as error:
        complain(error)
        return error.exit_code
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    return 0


if __name__ == "__main__":
    sys.exit(main())
