"""The recipe of a champion: the section of params.yaml that a merged pull request brings, and that CD promotes."""

import re
from collections.abc import Mapping
from io import StringIO
from pathlib import Path
from typing import Any

from pydantic import ConfigDict, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedSeq
from ruamel.yaml.error import YAMLError

from labeler.errors import InputInvalidError
from labeler.experiment.params import Preprocessing, Scalar, Section, read_params

SECTION = "champion"


class ChampionRecipe(Section):
    """How the champion was made, and which registered version that is."""

    model_config = ConfigDict(protected_namespaces=())

    experiment: str
    candidate: str
    family: str
    preparation: Preprocessing
    parameters: dict[str, Scalar]
    seed: int
    model: str
    version: str
    sha256: str
    metrics: dict[str, float]
    """The headlines, on later rows; `evaluation.json` has all."""


def read_recipe(path: Path, *, model_name: str | None = None) -> ChampionRecipe | None:
    """None when params.yaml names no champion. Raises InputInvalidError, also when it is one of another model."""
    section = read_params(path).champion
    if not section:
        return None
    try:
        recipe = ChampionRecipe.model_validate(section)
    except ValidationError as error:
        faults = [f"{'.'.join((SECTION, *map(str, fault['loc'])))}: {fault['msg']}" for fault in error.errors()]
        raise InputInvalidError(
            f"{path}: {'; '.join(faults)}", hint="leave that section to `labeler experiment propose`"
        ) from error
    if model_name is not None and recipe.model != model_name:
        raise InputInvalidError(
            f"{path} names a version of {recipe.model}, runs look for {model_name}",
            hint="set LABELER_MODEL_NAME as the runs have it",
        )
    return recipe


def with_recipe(text: str, recipe: ChampionRecipe, *, source: str) -> str:
    """params.yaml with another champion: every byte outside that section stays. Raises InputInvalidError."""
    lines = text.splitlines(keepends=True)
    start = next((at for at, line in enumerate(lines) if re.match(rf"{SECTION}\s*:", line)), len(lines))
    end = start + 1
    while end < len(lines) and _belongs(lines[end:]):
        end += 1
    newline = "\r\n" if "\r\n" in text else "\n"
    note = re.search(r"\s#.*", lines[start].rstrip()) if start < len(lines) else None
    head = SECTION + ":" + (f" {note[0].strip()}" if note else "")
    before = "".join(lines[:start])
    missing = newline if before and not before.endswith("\n") else ""
    section = newline.join([head, *(f"  {line}" for line in _section_yaml(recipe).splitlines()), ""])
    edited = before + missing + section + "".join(lines[end:])
    if _parsed(edited, source) != {**_parsed(text, source), SECTION: recipe.model_dump(mode="json")}:
        raise InputInvalidError(
            f"the section {SECTION} of {source} can't be replaced as it is written",
            hint=f"write it as `{SECTION}: {{}}` on a line of its own",
        )
    return edited


def names_version(text: str, recipe: ChampionRecipe, *, source: str) -> bool:
    """Whether this params.yaml names the recipe's very version, by its digest too. Raises InputInvalidError."""
    section = _parsed(text, source).get(SECTION)
    identity = {"model": recipe.model, "version": recipe.version, "sha256": recipe.sha256}
    return isinstance(section, dict) and identity.items() <= section.items()


def _belongs(rest: list[str]) -> bool:
    """Whether the first of these lines is still inside: indented, or blank before one that is."""
    following = next((line for line in rest if line.strip()), "")
    return following[:1] in (" ", "\t") and bool(following)


def _section_yaml(recipe: ChampionRecipe) -> str:
    yaml = YAML()
    yaml.width = 10_000  # a long value stays on its line: a person reads the pull request's diff
    stream = StringIO()
    yaml.dump({name: _yaml_value(value) for name, value in recipe.model_dump(mode="json").items()}, stream)
    return stream.getvalue()


def _yaml_value(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _yaml_value(item) for name, item in value.items()}
    if isinstance(value, list):
        inline = CommentedSeq(value)
        inline.fa.set_flow_style()
        return inline
    return value


def _parsed(text: str, source: str) -> dict[str, Any]:
    try:
        sections = YAML(typ="safe").load(text)
    except YAMLError as error:
        raise InputInvalidError(f"{source} is not YAML: {' '.join(str(error).split())}") from error
    if not isinstance(sections, dict):
        raise InputInvalidError(f"{source} has no sections", hint="see params.yaml of this project")
    return sections
