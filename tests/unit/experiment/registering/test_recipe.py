"""The section of params.yaml that a pull request changes: that section, and not a byte more."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from labeler.errors import InputInvalidError
from labeler.experiment.params import Preprocessing
from labeler.experiment.registering.recipe import ChampionRecipe, read_recipe, with_recipe
from tests.architecture.source import ROOT

PARAMS = (ROOT / "params.yaml").read_text(encoding="utf-8")
RECIPE = ChampionRecipe(
    experiment="e" * 12,
    candidate="mlp_3",
    family="mlp",
    preparation=Preprocessing(groups={"codes": "target"}, scale="quantile"),
    parameters={"hidden_layer_sizes": (64, 32), "alpha": 1e-05, "early_stopping": True, "max_depth": None},
    seed=20191,
    model="transactions",
    version="12",
    sha256="1" * 64,
    metrics={"later_accuracy": 0.4561, "later_macro_f1": 0.2232, "us_per_row": 1.2},
)

# Control characters and line separators are nobody's names.
TEXT = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"], exclude_characters="\ufeff"), max_size=30
)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**12), 10**12),
    st.floats(allow_nan=False, allow_infinity=False),
    TEXT,
    st.lists(st.integers(1, 500), min_size=1, max_size=4).map(tuple),
)
NAMES = st.text("abcdefghijklmnopqrstuvwxyz_0123456789", min_size=1, max_size=20)


def outside(text: str) -> str:
    """Without the section, which is the last one."""
    return text[: text.index("champion:")]


@pytest.mark.parametrize("times", [1, 2])
def test_bytes_outside_the_section_are_unchanged(times: int) -> None:
    text = PARAMS
    for _ in range(times):
        text = with_recipe(text, RECIPE, source="params.yaml")

    assert outside(text) == outside(PARAMS)
    assert "champion: # written by the pull request of a winning experiment\n  experiment: " in text


def test_writing_the_same_recipe_again_changes_nothing() -> None:
    once = with_recipe(PARAMS, RECIPE, source="params.yaml")

    assert with_recipe(once, RECIPE, source="params.yaml") == once


def test_a_section_between_others_is_replaced_including_its_comments() -> None:
    text = (
        "first: {a: 1}   # odd   spacing\n\nchampion:\n  # of last year\n  experiment: old\n\n  parameters:\n    a: 1\n\n"
        "# about the last one\nlast:\n    - b\n"
    )

    edited = with_recipe(text, RECIPE, source="params.yaml")

    assert edited.startswith("first: {a: 1}   # odd   spacing\n\nchampion:\n  experiment: eeeeeeeeeeee\n")
    assert edited.endswith("    us_per_row: 1.2\n\n# about the last one\nlast:\n    - b\n")
    assert "of last year" not in edited


@pytest.mark.parametrize("text", ["first: 1\n", "first: 1", "# nothing but this\nfirst: 1\n\n"])
def test_a_missing_section_is_appended(text: str) -> None:
    edited = with_recipe(text, RECIPE, source="params.yaml")

    assert edited.startswith(text)
    assert YAML(typ="safe").load(edited)["champion"]["candidate"] == "mlp_3"


def test_line_endings_are_kept() -> None:
    edited = with_recipe(PARAMS.replace("\n", "\r\n"), RECIPE, source="params.yaml")

    assert edited.count("\n") == edited.count("\r\n")
    assert edited.replace("\r\n", "\n") == with_recipe(PARAMS, RECIPE, source="params.yaml")


@settings(deadline=None)  # of time, on a busy machine
@given(st.dictionaries(NAMES, SCALARS, max_size=6), TEXT.filter(bool))
def test_any_parameters_are_read_back_as_they_were_written(parameters: dict[str, Any], family: str) -> None:
    recipe = RECIPE.model_copy(update={"parameters": parameters, "family": family})

    text = with_recipe("first: 1\nchampion: {}\n", recipe, source="params.yaml")

    read_back = ChampionRecipe.model_validate(YAML(typ="safe").load(text)["champion"])
    assert read_back == ChampionRecipe.model_validate(recipe.model_dump(mode="json"))


def test_a_written_recipe_is_read_back(tmp_path: Path) -> None:
    (tmp_path / "params.yaml").write_text(with_recipe(PARAMS, RECIPE, source="params.yaml"))

    assert read_recipe(tmp_path / "params.yaml") == RECIPE


def test_an_empty_section_is_no_champion(tmp_path: Path) -> None:
    (tmp_path / "params.yaml").write_text(outside(PARAMS) + "champion: {}\n")

    assert read_recipe(tmp_path / "params.yaml") is None


def test_an_invalid_section_is_refused_with_its_faults(tmp_path: Path) -> None:
    (tmp_path / "params.yaml").write_text(outside(PARAMS) + "champion: {version: 3}\n")

    with pytest.raises(InputInvalidError, match=r"params.yaml: champion.experiment: .*leave that section to"):
        read_recipe(tmp_path / "params.yaml")


@pytest.mark.parametrize(
    "text",
    [
        "{first: 1, champion: {}}\n",  # the section is not on a line of its own
        "champion: {\n}\nfirst: 1\n",
        "first: [\n",
        "- a\n- list\n",
        "champion: {}\nchampion: {}\n",
    ],
)
def test_a_file_that_can_not_be_edited_safely_is_refused(text: str) -> None:
    with pytest.raises(InputInvalidError, match=r"ours\.yaml"):
        with_recipe(text, RECIPE, source="ours.yaml")
