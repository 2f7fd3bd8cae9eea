"""The pipeline beside Airflow: `labeler local up` in the project's own environment, and what a person types there."""

import os
import shlex
import subprocess
from collections.abc import Container, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from labeler_local.airflow.processes import StartError, running, wait_for

ROOT = Path(__file__).resolve().parents[1]
LABELER = ROOT / ".venv/bin/labeler"
LEADING_ASTRAY = ("AWS_", "LABELER_", "AIRFLOW", "MLFLOW_", "PYTHON")
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
        """What the command says on stdout. Raises StartError with its last words for any other exit code."""
        done = subprocess.run(
            [LABELER, *arguments],
            cwd=self.directory,
            env=self.variables,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode not in accepted:
            # the error, and the way out of it
            words = " ".join(done.stderr.strip().splitlines()[-2:]) or "it said nothing"
            raise StartError(f"labeler {' '.join(arguments[:2])} ended with exit code {done.returncode}: {words}")
        return done.stdout

    def train_champion(self, files: int = 40) -> Path:
        """From synthetic statements, the quick candidate alone. Returns the folder of the statements."""
        statements = self.directory / "labeled"
        self.labeler("statements", "generate", str(statements), "--files", str(files), "--labels")
        rules = ["--params", str(ROOT / "params.yaml"), "--criteria", str(ROOT / "gate.yaml")]
        run = ["experiment", "run", "--quick", "--statements", str(statements), *rules]
        # on so few statements the gate may have its doubts: a laptop's first champion is not for anybody's labels
        self.labeler(*run, accepted={0, NOTHING_PASSED})
        self.labeler("model", "promote", "1", "--force", "the first champion of a laptop")
        return statements

    def land(self, day: str, files: int = 20, seed: int = 1) -> None:
        """Synthetic statements into the day's landing folder."""
        folder = self.directory / f"day-{day}"
        self.labeler("statements", "generate", str(folder), "--files", str(files), "--seed", str(seed))
        self.labeler("statements", "land", str(folder), "--date", day)


@contextmanager
def pipeline(directory: Path, *, settings: Sequence[str] = ()) -> Iterator[Pipeline]:
    """With one worker; `settings` are NAME=VALUE. Raises StartError."""
    found = directory / "build/local/labeler.env"
    log = directory / "pipeline.log"
    command = [str(LABELER), "local", "up", "--workers", "1", "--tick-s", "1", "--directory", "local"]
    command += [f"--set={one}" for one in settings]
    clean = {name: value for name, value in os.environ.items() if not name.startswith(LEADING_ASTRAY)}
    with running(command, cwd=directory, variables=clean, log=log) as process:
        wait_for(process, found.is_file, timeout_s=START_TIMEOUT_S, log=log)
        told = dict(word.split("=", 1) for word in shlex.split(found.read_text()) if "=" in word)
        yield Pipeline(directory, {**clean, **told}, process=process.pid)
