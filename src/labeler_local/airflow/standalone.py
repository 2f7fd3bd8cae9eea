"""`airflow standalone` without its two log servers: they listen to all interfaces, and one machine reads its log files."""

import sys
from typing import Any

from airflow.__main__ import main
from airflow.cli.commands import standalone_command as original

LOG_SERVERS = {"scheduler", "triggerer"}


class SubCommand(original.SubCommand):
    def __init__(self, parent: Any, name: str, command: list[str], env: dict[str, str]) -> None:
        super().__init__(parent, name, [*command, "--skip-serve-logs"] if name in LOG_SERVERS else command, env)


if __name__ == "__main__":
    original.SubCommand = SubCommand
    sys.argv = ["airflow", "standalone"]
    main()  # the command's own way in, which writes the configuration with its secrets first
