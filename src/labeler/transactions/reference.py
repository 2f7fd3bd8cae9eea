"""Reference data of the task: national holidays and the states of Brazilian cities, snapshotted for each run.

`reference.json` is public knowledge: the holidays of 2015 to 2032 with the carnival days and Corpus Christi, which
move with Easter and are days off by custom, and the state of the largest municipality of a name, in upper-case ASCII.
To extend it: add dates or cities (full names; cuts are made here), raise `version`, and upload it for the next run.
A run keeps the snapshot that it started with.
"""

import unicodedata
from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from importlib.resources import files
from typing import TYPE_CHECKING, Annotated, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from labeler.errors import InputInvalidError

if TYPE_CHECKING:
    import numpy as np

PLACE_WIDTH = 13
"""Characters at which statements cut a merchant's city."""

State = Literal[
    "AC", "AL", "AM", "AP", "BA", "CE", "DF", "ES", "GO", "MA", "MG", "MS", "MT", "PA",
    "PB", "PE", "PI", "PR", "RJ", "RN", "RO", "RR", "RS", "SC", "SE", "SP", "TO",
]  # fmt: skip
STATES: tuple[str, ...] = get_args(State)
CityName = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z '\-]*[A-Z]$", max_length=60)]


class _ReferenceFile(BaseModel):
    model_config = ConfigDict(extra="forbid")

    version: Annotated[str, StringConstraints(min_length=1, max_length=40)]
    holidays: Annotated[list[date], Field(min_length=1)]
    cities: Annotated[dict[CityName, State], Field(min_length=1)]


@dataclass(frozen=True)
class ReferenceData:
    version: str
    holidays: "np.ndarray"
    """datetime64[D] (h,), ascending, without duplicates."""
    cities: dict[str, str]
    """Full name -> state."""

    def state_of(self, place: str) -> str | None:
        """State of a city as statements write it: in full, cut, without blanks, with accents or in lower case.

        None when the place is unknown, or cut so short that it may lie in several states (`SAO JOSE DOS`).
        """
        return self._states.get(normalize_name(place))

    @cached_property
    def _states(self) -> dict[str, str | None]:
        states_of: dict[str, set[str]] = defaultdict(set)
        for name, state in self.cities.items():
            full, dense = normalize_name(name), normalize_name(name).replace(" ", "")
            for spelled in (full, full[:PLACE_WIDTH].rstrip(), dense, dense[:PLACE_WIDTH]):
                states_of[spelled].add(state)
        return {spelled: min(states) if len(states) == 1 else None for spelled, states in states_of.items()}


def normalize_name(name: str) -> str:
    """Upper-case letters without accents, single blanks."""
    letters = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode("ascii")
    return " ".join(letters.upper().split())


def default_reference() -> bytes:
    """The reference data that ships with the task. Imports nothing heavy: the manifest Lambda copies it to the runs bucket."""
    return files("labeler.transactions").joinpath("reference.json").read_bytes()


def parse_reference(body: bytes) -> ReferenceData:
    """Raises InputInvalidError that names the part that is wrong."""
    try:
        parsed = _ReferenceFile.model_validate_json(body)
    except ValidationError as error:
        fault = error.errors(include_url=False, include_input=False)[0]
        part = ".".join(str(step) for step in fault["loc"] if step != "[key]") or "the file"
        raise InputInvalidError(
            f"reference data: {part}: {fault['msg']}", hint="compare with labeler/transactions/reference.json"
        ) from error
    import numpy as np

    holidays = np.unique(np.array(parsed.holidays, dtype="datetime64[D]"))
    return ReferenceData(version=parsed.version, holidays=holidays, cities=dict(parsed.cities))
