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

from labeling.settings import variable
from labeling.steps import PERMANENT


class Process(BaseOperator):
    """Runs `labeler` with these arguments in the checkout, under Airflow's variables. Its words go to the task's log."""

    template_fields = ("arguments",)

    def __init__(self, *, arguments: Sequence[Any], skip_on_exit_code: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.arguments = arguments
        self.skip_on_exit_code = skip_on_exit_code
        self._process: subprocess.Popen[str] | None = None

    def execute(self, context: Any) -> Any:  # noqa: ARG002
        """What the command answers in JSON, when it is asked to answer."""
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
        said, complained = self._process.communicate()
        for line in (complained or said).splitlines():
            self.log.info("%s", line)
        self._judge(self._process.returncode)
        return json.loads(said) if self.do_xcom_push else None

    def on_kill(self) -> None:
        """A step that is marked, cleared or too slow takes its process with it."""
        if self._process and self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGTERM)

    def _judge(self, code: int) -> None:
        if code == self.skip_on_exit_code:
            raise AirflowSkipException(f"exit code {code}")
        if code == PERMANENT:
            raise AirflowFailException(f"exit code {code}: the same command fails again; its last words are above")
        if code != 0:
            raise AirflowException(f"exit code {code}")
