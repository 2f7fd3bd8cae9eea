"""`params.yaml`: what an experiment tries, under version control. Each step reads its own section."""

from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from labeler.errors import InputInvalidError

Share = Annotated[float, Field(gt=0, lt=1)]
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_]{0,39}$")]
Scalar = bool | int | float | str | None | tuple[int, ...]
Kind = TypeVar("Kind", bound=BaseModel)
Encoding = Literal["keep", "drop", "ordinal", "one_hot", "target"]


class Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Validation(Section):
    max_reject_share: Annotated[float, Field(ge=0, le=1)]
    """Of the rows; above it the experiment stops."""


class SplitRule(Section):
    """Which rows a model learns from. Rows that one experiment judges on are never learnt from by an earlier one,
    as long as what is added is newer: accounts are held out by a hash of their id, later rows by their time. Older rows
    of a known account, added afterwards, move the border between its earlier and later rows back."""

    later_share: Share
    """Of each known account's rows, the last ones by time."""
    unseen_share: Annotated[float, Field(ge=0, lt=1)]
    """Of the accounts: no model learns from them."""
    seed: int

    def __str__(self) -> str:
        return f"later={self.later_share:g} unseen={self.unseen_share:g} seed={self.seed}"


class Preparation(Section):
    """What a model does with the matrix first. It is part of the model, fitted on training rows only."""

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
    """A family with hyper-parameters: lists are all tried, ranges are drawn `samples` times."""

    family: Name
    preparation: tuple[Name, ...]
    """Names of preparations; each is tried."""
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
    """The surest share of the rows whose accuracy is told."""
    confidence_thresholds: tuple[Share, ...]
    bootstrap_samples: Annotated[int, Field(ge=100)]
    confidence_level: Share
    seed: int


class Params(Section):
    validation: Validation
    split: SplitRule
    training: Training
    preparations: dict[Name, Preparation]
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


def read_yaml(kind: type[Kind], path: Path) -> Kind:
    """A YAML file as a model. Raises InputInvalidError."""
    try:
        found = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
        return kind.model_validate(found)
    except OSError as error:
        raise InputInvalidError(
            f"{path} can't be read: {error.strerror}", hint="work in the project's root, or name the file"
        ) from error
    except UnicodeDecodeError as error:
        raise InputInvalidError(f"{path} is not UTF-8: byte {error.start}", hint="save it as UTF-8") from error
    except YAMLError as error:
        raise InputInvalidError(f"{path} is not YAML: {' '.join(str(error).split())}") from error
    except ValidationError as error:
        faults = [f"{'.'.join(map(str, fault['loc'])) or 'the file'}: {fault['msg']}" for fault in error.errors()]
        raise InputInvalidError(f"{path}: {'; '.join(faults)}") from error
