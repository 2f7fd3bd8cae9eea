"""params.yaml -> what is tried: each candidate with one value for each of its parameters."""

import zlib
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from labeler.errors import InputInvalidError
from labeler.experiment.params import Candidate, Params, Range, Scalar
from labeler.experiment.records import CandidateSpec
from labeler.experiment.training.estimators import classifier_of

SIGNIFICANT_DIGITS = 6
"""Of a value that is drawn: a person can write it down, and two machines draw the same."""


def expand(params: Params, *, is_quick: bool = False, names: Collection[str] = ()) -> tuple[CandidateSpec, ...]:
    """The same params give the same specs, under names of their own: `<candidate>_<number>`.

    A candidate's draws depend on its own name and the seed, so that another candidate beside it changes nothing.
    `is_quick`: only those that say so; `names`: only these of params.yaml. Raises InputInvalidError that names candidate
    and parameter.
    """
    chosen = {name: candidate for name, candidate in params.candidates.items() if candidate.is_quick or not is_quick}
    if names:
        _require_known(names, chosen)
        chosen = {name: candidate for name, candidate in chosen.items() if name in names}
    if not chosen:
        what = "no candidate is marked is_quick" if is_quick else "there are no candidates"
        raise InputInvalidError(f"{what} in params.yaml", hint="write one into its section `candidates`")
    specs = tuple(spec for name, candidate in chosen.items() for spec in _specs(name, candidate, params))
    for spec in specs:
        classifier_of(spec)
    return specs


def _require_known(names: Collection[str], chosen: Mapping[str, Candidate]) -> None:
    missing = [name for name in names if name not in chosen]
    if missing:
        raise InputInvalidError(
            f"params.yaml has no candidate {missing[0]} to choose", hint=f"choose of: {', '.join(chosen)}"
        )


def _specs(name: str, candidate: Candidate, params: Params) -> Iterator[CandidateSpec]:
    choices = _choices(name, candidate, zlib.crc32(f"{params.training.seed}:{name}".encode()))
    tried = [(preparation, values) for preparation in dict.fromkeys(candidate.preparation) for values in choices]
    for number, (preparation, values) in enumerate(tried, start=1):
        yield CandidateSpec(
            name=f"{name}_{number}",
            family=candidate.family,
            preparation_name=preparation,
            preparation=params.preparations[preparation],
            parameters=values,
            seed=params.training.seed,
            is_quick=candidate.is_quick,
        )


def _choices(name: str, candidate: Candidate, seed: int) -> list[dict[str, Scalar]]:
    """Each a value for every parameter; different ones."""
    from sklearn.model_selection import ParameterGrid, ParameterSampler

    spaces = {parameter: _space(values) for parameter, values in candidate.parameters.items()}
    drawn = [parameter for parameter, values in candidate.parameters.items() if isinstance(values, Range)]
    empty = [parameter for parameter, space in spaces.items() if isinstance(space, list) and not space]
    if empty:
        raise InputInvalidError(f"candidate {name}: {empty[0]} is an empty list", hint="write a value into params.yaml")
    if candidate.samples is None:
        if drawn:
            raise InputInvalidError(
                f"candidate {name}: {drawn[0]} is a range", hint="say how many `samples` are drawn in params.yaml"
            )
        combinations = list(ParameterGrid(spaces))
    else:
        samples = candidate.samples if drawn else min(candidate.samples, len(ParameterGrid(spaces)))
        combinations = list(ParameterSampler(spaces, samples, random_state=seed))
    # in the order of params.yaml, as a person reads it
    choices = [
        {parameter: _rounded(combination[parameter], candidate.parameters[parameter]) for parameter in spaces}
        for combination in combinations
    ]
    return list({repr(choice): choice for choice in choices}.values())


def _space(values: Range | tuple[Scalar, ...] | Scalar) -> Any:
    """What scikit-learn draws from: a list, or a distribution of scipy's."""
    from scipy import stats

    if not isinstance(values, Range):
        return list(values) if isinstance(values, tuple) else [values]
    if values.scale == "log":
        return stats.loguniform(values.low, values.high)
    if values.is_integer:
        return stats.randint(int(values.low), int(values.high) + 1)
    return stats.uniform(values.low, values.high - values.low)


def _rounded(value: Any, values: Range | tuple[Scalar, ...] | Scalar) -> Scalar:
    """A value that was drawn from a range, as SIGNIFICANT_DIGITS has it."""
    if not isinstance(values, Range):
        return value
    return round(float(value)) if values.is_integer else float(f"{value:.{SIGNIFICANT_DIGITS}g}")
