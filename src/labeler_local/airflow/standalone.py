"""`airflow standalone` without its two log servers: they listen to all interfaces, and one machine reads its log files.

A program for Airflow's own Python: `build/airflow-venv/bin/python -P standalone.py`. Nothing imports it.
"""

import sys
from typing import Any

from airflow.__main__ import main
from airflow.cli.commands import standalone_command

LOG_SERVERS = {"scheduler", "triggerer"}


def without_log_server(start: Any) -> Any:
    """Airflow's SubCommand, which starts a component by name, with an option for those that would serve logs."""

    def start_component(parent: Any, name: str, command: list[str], env: dict[str, str]) -> Any:
        return start(parent, name, [*command, "--skip-serve-logs"] if name in LOG_SERVERS else command, env)

    return start_component


if __name__ == "__main__":
    standalone_command.SubCommand = without_log_server(standalone_command.SubCommand)
    sys.argv = ["airflow", "standalone"]
    main()  # the command's own entry, which writes the configuration with its secrets first
