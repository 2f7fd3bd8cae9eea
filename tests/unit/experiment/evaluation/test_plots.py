"""Pictures follow from the evaluation alone: no time, no machine, nothing left behind."""

import struct
import sys
from collections.abc import Iterator

import pytest

from labeler.experiment.evaluation.plots.draw import draw
from labeler.experiment.evaluation.plots.names import CALIBRATION, COVERAGE, SPEED, confusion_name
from labeler.experiment.scores import Evaluation, ReliabilityBin
from tests.unit.experiment.evaluation_examples import category, comparison, evaluation, interval, model, score, split

SIGNATURE = b"\x89PNG\r\n\x1a\n"


@pytest.fixture(scope="module")
def example() -> Evaluation:
    """Two families with a champion; one model lies upon another."""
    against = comparison(interval(0.01))
    return evaluation(
        model("trees_1", later=split(champion=against)),
        model("trees_2", later=split(champion=against)),
        model("linear_1", later=split(champion=against, macro_f1=0.2), us_per_row=0.4),
        champion=model("transactions", version="7", family=None, us_per_row=3.0),
        champion_note=None,
    )


@pytest.fixture(scope="module")
def drawn(example: Evaluation) -> dict[str, bytes]:
    return draw(example, budget_us_per_row=5.0)


def chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    assert png.startswith(SIGNATURE)
    place = len(SIGNATURE)
    while place < len(png):
        size, kind = struct.unpack(">I4s", png[place : place + 8])
        yield kind, png[place + 8 : place + 8 + size]
        place += size + 12


def test_draw_makes_three_shared_plots_and_a_confusion_matrix_for_each_candidate(drawn: dict[str, bytes]) -> None:
    assert set(drawn) == {COVERAGE, CALIBRATION, SPEED} | {
        confusion_name(name) for name in ("trees_1", "trees_2", "linear_1")
    }
    for png in drawn.values():
        width, height = struct.unpack(">II", next(chunks(png))[1][:8])
        assert (width, height >= 400, len(png) < 200_000) == (960, True, True)


def test_plots_are_identical_whatever_the_matplotlib_settings(example: Evaluation, drawn: dict[str, bytes]) -> None:
    import matplotlib as mpl

    with mpl.rc_context({"font.size": 30, "figure.facecolor": "red", "savefig.dpi": 10}):
        again = draw(Evaluation.model_validate_json(example.model_dump_json()), budget_us_per_row=5.0)

    assert {name for name in drawn if drawn[name] != again[name]} == set()


def test_plots_contain_no_time_or_software_metadata(drawn: dict[str, bytes]) -> None:
    for png in drawn.values():
        assert {kind for kind, _ in chunks(png)} <= {b"IHDR", b"pHYs", b"IDAT", b"IEND", b"PLTE"}


def test_changed_scores_or_budget_change_only_the_plots_that_show_them(
    example: Evaluation, drawn: dict[str, bytes]
) -> None:
    first, *others = example.candidates
    other_score = split(
        champion=first.later.against_champion,
        macro_f1=0.5,
        coverage_curve=(1.0, 0.9),
        confusion=((1, 0, 0),) * 3,
        reliability=(ReliabilityBin(confidence=0.5, accuracy=0.1),),
    )
    changed = first.model_copy(update={"later": other_score})

    plots = draw(example.model_copy(update={"candidates": (changed, *others)}), budget_us_per_row=5.0)

    unchanged = {name for name in drawn if plots[name] == drawn[name]}
    assert unchanged == {confusion_name("trees_2"), confusion_name("linear_1")}
    assert draw(example)[SPEED] != drawn[SPEED]


def test_draw_neither_imports_pyplot_nor_changes_settings(example: Evaluation, monkeypatch: pytest.MonkeyPatch) -> None:
    """It keeps figures and settings of the whole process, and may look for a screen."""
    import matplotlib as mpl

    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    before = dict(mpl.rcParams)

    assert draw(example)

    assert dict(mpl.rcParams) == before


def test_draw_works_for_one_candidate_without_champion_unseen_accounts_or_budget() -> None:
    """A dollar would begin a formula, a category that is never true or predicted has no cell."""
    names = ("C$H$", "FOOD_x^2", "NEVER")
    counts = ((5, 5, 0), (1, 9, 0), (0, 0, 0))
    later_score = score(confusion=counts, categories={"C$H$": category(), "FOOD_x^2": category()})
    example = evaluation(
        model(later=split().model_copy(update={"score": later_score}), unseen=None),
        categories=names,
        majority_unseen=None,
    )

    assert set(draw(example, budget_us_per_row=0.0)) == {COVERAGE, CALIBRATION, SPEED, confusion_name("trees_1")}


def test_a_confusion_matrix_of_many_categories_is_taller() -> None:
    size = 20
    counts = tuple(tuple(90 if row == column else row for column in range(size)) for row in range(size))
    example = evaluation(
        model(later=split(confusion=counts)), categories=tuple(f"a rather long name {code}" for code in range(size))
    )

    _, height = struct.unpack(">II", next(chunks(draw(example)[confusion_name("trees_1")]))[1][:8])
    assert height > 900
