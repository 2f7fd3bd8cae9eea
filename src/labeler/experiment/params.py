"""`params.yaml`: what an experiment tries, under version control. Each step reads its own section."""

from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from labeler.experiment.yaml_files import read_yaml

Share = Annotated[float, Field(gt=0, lt=1)]
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_]{0,39}$")]
Scalar = bool | int | float | str | None | tuple[int, ...]
Encoding = Literal["keep", "drop", "ordinal", "one_hot", "target"]


class Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Validation(Section):
    max_reject_share: Annotated[float, Field(ge=0, le=1)]
    """Of the rows; above it the experiment stops."""


class SplitRule(Section):
    """Which rows a model is trained on. No earlier experiment trained on rows that a later one evaluates on, as long as
    added rows are newer: accounts are held out by a hash of their id, later rows by their time. Older rows of a known
    account, added afterwards, move the border between its earlier and later rows back."""

    later_share: Share
    """Of each known account's rows, the last ones by time."""
    unseen_share: Annotated[float, Field(ge=0, lt=1)]
    """Of the accounts: no model is trained on them."""
    seed: int

    def __str__(self) -> str:
        return f"later={self.later_share:g} unseen={self.unseen_share:g} seed={self.seed}"


class Preprocessing(Section):
    """How a model encodes and scales the matrix. It is part of the model, fitted on training rows only."""

    groups: dict[str, Encoding] = {}
    """By the task's `feature_groups`; columns that are not named are kept."""
    scale: Literal["none", "standard", "quantile"] = "none"
    """Of the columns that are kept."""


class Range(Section):
    """Values between two bounds, drawn with the experiment's seed."""

    low: float
    high: float
    scale: Literal["linear", "log"] = "linear"
    is_integer: bool = False

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.low >= self.high or (self.scale == "log" and self.low <= 0):
            raise ValueError("low must be below high, and above 0 for a log scale")
        return self


class Candidate(Section):
    """An estimator with hyper-parameters: lists are all tried, ranges are drawn `samples` times."""

    family: Name
    """A key of training.estimators.ESTIMATORS."""
    preparation: tuple[Name, ...]
    """Keys of `preparations`; each is tried."""
    parameters: dict[str, Range | tuple[Scalar, ...] | Scalar] = {}
    samples: Annotated[int, Field(ge=1, le=1000)] | None = None
    """Of the grid's combinations; all of them when left out and nothing is a range."""
    is_quick: bool = False
    """Tried by `--quick` too."""


class Training(Section):
    seed: int
    max_rows: Annotated[int, Field(ge=1000)]
    """More are sampled by whole accounts: a model has to fit into one machine's memory."""


class EvaluationRule(Section):
    coverage_shares: tuple[Annotated[float, Field(gt=0, le=1)], ...]
    """Shares of the rows with the highest confidence, whose accuracy is reported."""
    confidence_thresholds: tuple[Share, ...]
    bootstrap_samples: Annotated[int, Field(ge=100)]
    confidence_level: Share
    seed: int


class Params(Section):
    validation: Validation
    split: SplitRule
    training: Training
    preparations: dict[Name, Preprocessing]
    candidates: dict[Name, Candidate]
    evaluation: EvaluationRule
    champion: dict[str, Any] = {}
    """The recipe that a merged pull request made the champion; written by `labeler experiment propose`."""

    @model_validator(mode="after")
    def _names_exist(self) -> Self:
        for name, candidate in self.candidates.items():
            unknown = sorted(set(candidate.preparation) - set(self.preparations))
            if unknown:
                raise ValueError(f"candidate {name} asks for preparations that do not exist: {', '.join(unknown)}")
        return self


def read_params(path: Path) -> Params:
    """Raises InputInvalidError that names the file and the place in it."""
    return read_yaml(Params, path)
