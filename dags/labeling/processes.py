"""A step as a process of this machine: for a laptop, with the same command that a pod runs."""

import json
import os
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from airflow.sdk import BaseOperator
from airflow.sdk.exceptions import AirflowException, AirflowFailException, AirflowSkipException

from labeling.exit_codes import PERMANENT
from labeling.settings import variable


class Process(BaseOperator):
    """Runs `labeler` with these arguments in the checkout, under Airflow's variables. Its output goes to the task's log."""

    template_fields = ("arguments",)

    def __init__(self, *, arguments: Sequence[Any], skip_on_exit_code: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.arguments = arguments
        self.skip_on_exit_code = skip_on_exit_code
        self._process: subprocess.Popen[str] | None = None

    def execute(self, context: Any) -> Any:  # noqa: ARG002
        """The JSON document that the command writes, where the step has an XCom."""
        command = [variable("labeler_command"), *map(str, self.arguments)]
        self.log.info("running %s", command)
        self._process = subprocess.Popen(
            command,
            cwd=Path(variable("labeler_checkout")),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE if self.do_xcom_push else subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        stdout, stderr = self._process.communicate()
        for line in (stderr or stdout).splitlines():
            self.log.info("%s", line)
        self._raise_for_exit_code(self._process.returncode)
        return json.loads(stdout) if self.do_xcom_push else None

    def on_kill(self) -> None:
        """A step that is marked, cleared or too slow takes its process with it."""
        if self._process and self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGTERM)

    def _raise_for_exit_code(self, code: int) -> None:
        if code == self.skip_on_exit_code:
            raise AirflowSkipException(f"exit code {code}")
        if code == PERMANENT:
            raise AirflowFailException(f"exit code {code}: the same command fails again; its last words are above")
        if code != 0:
            raise AirflowException(f"exit code {code}")
