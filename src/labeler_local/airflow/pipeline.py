"""The pipeline beside Airflow: `labeler local up` in the project's own environment, and what a person types there."""

import shlex
import subprocess
from collections.abc import Container, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from labeler_local.airflow.paths import LABELER, ROOT
from labeler_local.airflow.processes import StartError, clean_variables, running, wait_for

START_TIMEOUT_S = 120.0
NOTHING_PASSED = 3
"""labeler's exit code when the gate lets no candidate pass."""


@dataclass(frozen=True)
class Pipeline:
    """A local AWS with workers; its files lie in `directory`."""

    directory: Path
    variables: dict[str, str]
    process: int
    """Of `labeler local up`, whose children are the workers."""

    def labeler(self, *arguments: str, accepted: Container[int] = (0,)) -> str:
        """The command's stdout. Raises StartError with the last lines of its stderr for any other exit code."""
        done = subprocess.run(
            [LABELER, *arguments],
            cwd=self.directory,
            env=self.variables,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode not in accepted:
            # the error and its hint
            last_lines = " ".join(done.stderr.strip().splitlines()[-2:]) or "it said nothing"
            raise StartError(f"labeler {' '.join(arguments[:2])} ended with exit code {done.returncode}: {last_lines}")
        return done.stdout

    def train_champion(self, files: int = 40) -> Path:
        """From synthetic statements, the quick candidate alone. Returns the folder of the statements."""
        statements = self.directory / "labeled"
        self.labeler("statements", "generate", str(statements), "--files", str(files), "--labels")
        rules = ["--params", str(ROOT / "params.yaml"), "--criteria", str(ROOT / "gate.yaml")]
        experiment = ["experiment", "run", "--quick", "--statements", str(statements), *rules]
        # on so few statements nothing may pass the gate: a laptop's first champion is not for anybody's labels
        self.labeler(*experiment, accepted={0, NOTHING_PASSED})
        self.labeler("model", "promote", "1", "--force", "the first champion of a laptop")
        return statements

    def land(self, day: str, files: int = 20, seed: int = 1) -> None:
        """Synthetic statements into the day's landing folder."""
        folder = self.directory / f"day-{day}"
        self.labeler("statements", "generate", str(folder), "--files", str(files), "--seed", str(seed))
        self.labeler("statements", "land", str(folder), "--date", day)


@contextmanager
def running_pipeline(directory: Path, *, settings: Sequence[str] = ()) -> Iterator[Pipeline]:
    """With one worker; `settings` are NAME=VALUE. Raises StartError."""
    variables_file = directory / "build/local/labeler.env"
    log = directory / "pipeline.log"
    command = [str(LABELER), "local", "up", "--workers", "1", "--tick-s", "1", "--directory", "local"]
    command += [f"--set={setting}" for setting in settings]
    clean = clean_variables()
    with running(command, cwd=directory, variables=clean, log=log) as process:
        wait_for(process, variables_file.is_file, timeout_s=START_TIMEOUT_S, log=log)
        words = shlex.split(variables_file.read_text())
        local_aws = dict(word.split("=", 1) for word in words if "=" in word)
        yield Pipeline(directory, {**clean, **local_aws}, process=process.pid)
