"""`gate.yaml`: what a candidate has to show before it may become the champion, under version control.

Every section and every key has to be there: what is left out is an error, never a criterion less.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from pydantic import Field

from labeler.errors import InputInvalidError
from labeler.experiment.params import Section
from labeler.experiment.yaml_files import read_yaml

Fraction = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Margin = Annotated[float, Field(ge=-1, le=1, allow_inf_nan=False)]
Above0 = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Count = Annotated[int, Field(ge=1)]


class MostConfident(Section):
    share: Annotated[float, Field(gt=0, le=1)]
    """Of the rows; one of `evaluation.coverage_shares` in params.yaml."""
    accuracy: Fraction


class LaterCriteria(Section):
    min_accuracy_above_majority: Margin
    """And the interval of the difference excludes zero."""
    min_macro_f1: Fraction
    min_accuracy_of_surest: MostConfident
    max_calibration_error: Fraction
    max_log_loss: Above0
    min_category_f1: dict[str, Fraction]
    min_category_rows: Count
    """Categories with fewer rows are not evaluated."""


class UnseenCriteria(Section):
    min_accuracy_above_majority: Margin


class ChampionCriteria(Section):
    """Candidate minus champion may lie below zero by so much; its interval may never lie below zero as a whole."""

    max_accuracy_loss: Fraction
    max_macro_f1_loss: Fraction


class SpeedCriteria(Section):
    files_per_day: Count
    rows_per_file: Above0
    deadline_s: Above0
    max_workers: Count
    used_share: Annotated[float, Field(gt=0, le=1)]
    """Of the deadline and the workers; the rest is for ramp-up, retries and noise."""
    other_us_per_file: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    """Everything but predict, on one worker."""
    max_us_per_row: Above0

    @property
    def available_us_per_row(self) -> float:
        """What the deadline leaves for predict; 0 or less when not even a free model would be in time.

        deadline_s * max_workers * used_share * 1e6 / files_per_day    us of a worker for each file
        - other_us_per_file                                            fetch, read, features, write
        / rows_per_file
        """
        us_per_file = self.deadline_s * self.max_workers * self.used_share * 1e6 / self.files_per_day
        return (us_per_file - self.other_us_per_file) / self.rows_per_file

    @property
    def budget_us_per_row(self) -> float:
        return min(self.max_us_per_row, self.available_us_per_row)


class Criteria(Section):
    later: LaterCriteria
    unseen: UnseenCriteria
    champion: ChampionCriteria
    speed: SpeedCriteria


def read_criteria(path: Path, categories: Sequence[str]) -> Criteria:
    """`categories`: the task's. Raises InputInvalidError that names the file and the place in it.

    A floor for a category that the task does not have would never be checked: a slip of the pen, not a criterion.
    """
    criteria = read_yaml(Criteria, path)
    unknown = sorted(set(criteria.later.min_category_f1) - set(categories))
    if unknown:
        raise InputInvalidError(
            f"{path}: later.min_category_f1: the task has no category {', '.join(unknown)}",
            hint="write a category as the task does",
        )
    return criteria
