"""The `labeler` command: rooms for people. Tables on a terminal, `--json` for programs, errors with a way out.

Exit codes: 0 done, 2 wrong usage, 3 the gate lets no candidate pass, 65 the same call fails again, 75 try again later,
130 Ctrl-C, 1 a bug.
"""

import sys

from labeler.errors import LabelerError


def main() -> None:
    from labeler.cli.app import app
    from labeler.cli.console import complain

    try:
        app()
    except LabelerError as error:
        complain(error)
        sys.exit(error.exit_code)
