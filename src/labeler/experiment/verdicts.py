"""What `gate` leaves: each candidate's verdict, criterion by criterion, and the winner."""

from typing import Literal

from labeler.experiment.scores import Record


class Criterion(Record):
    name: str
    value: float | None
    """None: could not be measured; `note` says why."""
    bound: float | None
    sense: Literal[">=", "<=", ">"]
    is_met: bool
    note: str = ""

    @property
    def verdict(self) -> Literal["met", "NOT MET", "not evaluated"]:
        """Not evaluated: nothing to measure, and no reason to refuse; never the same word as met."""
        if not self.is_met:
            return "NOT MET"
        return "met" if self.value is not None else "not evaluated"


class GateVerdict(Record):
    candidate: str
    criteria: tuple[Criterion, ...]

    @property
    def missed(self) -> tuple[Criterion, ...]:
        return tuple(criterion for criterion in self.criteria if not criterion.is_met)

    @property
    def is_passed(self) -> bool:
        return not self.missed


class GateResult(Record):
    experiment_id: str
    verdicts: tuple[GateVerdict, ...]
    winner: str | None
    """The best of those that pass."""
