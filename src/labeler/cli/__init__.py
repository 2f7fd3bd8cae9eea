"""The `labeler` command: tables on a terminal, `--json` for programs, errors with a hint.

Exit codes: 0 done, 2 wrong usage, 3 the gate lets no candidate pass, 65 the same call fails again, 75 try again later,
130 Ctrl-C, 1 a bug.

What they share:

    app.py            the command tree
    command_group.py  commands that are imported when they are called; how other packages add theirs
    console.py        output for people and for programs
    options.py        options that several commands share
    connection.py     the stack that a command works with
    summary.py        a published run for people
    champion_change.py  who asks for another champion, and the outcome for people

A module for each command, or group of commands:

    plan.py        can a day be labeled in time, and what does it cost?
    statements.py  landing files
    experiment/    from labeled statements to a champion
    model.py       versions, champion, promotion
    run.py         start, show, wait for and repair a run
    watch.py       `run watch`: an open run in the terminal
    quarantine.py  what was rejected, where and why
    report.py      a run as one HTML file
    monitor.py     drift and performance
    release.py     what delivery does to a stage
    release_champion.py  the champion that is released or rolled back with a release
    worker.py      what a pod runs
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
