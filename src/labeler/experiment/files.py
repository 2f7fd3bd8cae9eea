"""Where each step of an experiment reads and writes, below one directory. DVC's stages name the same files.

validation.json                       validate
prepared/dataset.json, part-*.parquet prepare
plan.json                             plan
candidates/<name>/candidate.json      train: where its run and model are
candidates/<name>/model.tar           train: the bundle as a worker would load it
evaluation/evaluation.json, *.png     evaluate
evaluation/held_out/<name>.parquet    evaluate: a sample of the rows that were held out, as the candidate labels them
metrics.json                          evaluate: its headline metrics, small enough for git
verdict.json                          gate
registration.json                     register
report.md                             report: what a pull request shows
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from labeler.errors import InputInvalidError

AnyRecord = TypeVar("AnyRecord", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class ExperimentFiles:
    directory: Path

    @property
    def validation(self) -> Path:
        return self.directory / "validation.json"

    @property
    def prepared(self) -> Path:
        return self.directory / "prepared"

    @property
    def dataset(self) -> Path:
        return self.prepared / "dataset.json"

    @property
    def plan(self) -> Path:
        return self.directory / "plan.json"

    @property
    def candidates(self) -> Path:
        return self.directory / "candidates"

    def candidate(self, name: str) -> Path:
        return self.candidates / name / "candidate.json"

    def bundle(self, name: str) -> Path:
        return self.candidates / name / "model.tar"

    @property
    def evaluation(self) -> Path:
        return self.directory / "evaluation" / "evaluation.json"

    @property
    def metrics(self) -> Path:
        return self.directory / "metrics.json"

    def plot(self, name: str) -> Path:
        return self.directory / "evaluation" / f"{name}.png"

    @property
    def held_out(self) -> Path:
        return self.directory / "evaluation" / "held_out"

    def held_out_sample(self, name: str) -> Path:
        return self.held_out / f"{name}.parquet"

    @property
    def verdict(self) -> Path:
        return self.directory / "verdict.json"

    @property
    def registration(self) -> Path:
        return self.directory / "registration.json"

    @property
    def report(self) -> Path:
        return self.directory / "report.md"


def write_record(path: Path, record: BaseModel) -> None:
    """Whole or not at all: a step that is killed leaves no half of a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.unfinished")
    unfinished.write_text(record.model_dump_json(indent=2) + "\n")
    unfinished.replace(path)


def read_record(record_type: type[AnyRecord], path: Path, *, step: str) -> AnyRecord:
    """Raises InputInvalidError that names the step which writes the file."""
    try:
        return record_type.model_validate_json(path.read_bytes())
    except FileNotFoundError as error:
        raise InputInvalidError(f"{path} does not exist", hint=f"run `labeler experiment {step}` first") from error
    except (OSError, ValidationError) as error:
        raise InputInvalidError(
            f"{path} is not what `labeler experiment {step}` writes: {' '.join(str(error).split())[:200]}",
            hint=f"run `labeler experiment {step}` again",
        ) from error
