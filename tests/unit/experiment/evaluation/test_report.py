"""The report that a pull request shows: what wins or nearly does, by how much, and of which data."""

import re
from pathlib import Path
from typing import Any

import pytest

from labeler.errors import InputInvalidError
from labeler.experiment.evaluation.report import Report, render, shown, write_report
from labeler.experiment.files import ExperimentFiles, write_record
from labeler.experiment.scores import CoveragePoint, Evaluation
from tests.unit.experiment.judged import (
    EXPERIMENT,
    category,
    comparison,
    data,
    evaluation,
    interval,
    model,
    plan,
    result,
    split,
    surest,
    verdict,
)

NAMES = ("trees_1", "trees_2", "linear_1")
WON = result(verdict("trees_1"), verdict("trees_2"), verdict("linear_1", "log loss"), winner="trees_2")
NOTHING = result(
    verdict("trees_1", "log loss", "us per row"), verdict("trees_2", "us per row"), verdict("linear_1", "macro-F1")
)
PICTURES = ("speed", "coverage", "calibration", "confusion_trees_2")


def judged(**changed: Any) -> Evaluation:
    """trees_2 is the best, then trees_1."""
    models = (
        model("trees_1"),
        model("trees_2", later=split(interval(0.12, 0.06), macro_f1=0.345, accuracy=0.478), us_per_row=2.62),
        model("linear_1", later=split(macro_f1=0.1, by_share=surest(0.5, 0.25)), unseen=None),
    )
    return evaluation(*models, **changed)


def rendered(found: Evaluation | None = None, verdicts: Any = WON, links: Any = None, **planned: Any) -> str:
    return render(found or judged(), verdicts, plan(*NAMES, **planned), links=links or {})


def table(text: str, heading: str) -> list[list[str]]:
    """Cells of the table below a heading, without the rule below its head."""
    section = text.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in (lines[0], *lines[2:])]


def column(rows: list[list[str]], name: str) -> dict[str, str]:
    return {row[0]: row[rows[0].index(name)] for row in rows[1:]}


def written(directory: Path, verdicts: Any = WON) -> ExperimentFiles:
    files = ExperimentFiles(directory)
    write_record(files.plan, plan(*NAMES))
    write_record(files.evaluation, judged())
    write_record(files.verdict, verdicts)
    for name in PICTURES:
        files.plot(name).write_bytes(b"png")
    return files


def test_the_winner_is_told_first_with_its_figures_and_recipe() -> None:
    text = rendered()

    assert text.startswith(f"# Experiment {EXPERIMENT}\n\n**trees_2** wins: accuracy **0.478** (majority 0.330)")
    assert "macro-F1 **0.345**, 2.6 us per row. 2 of 3 candidates pass the gate." in text
    assert "trees_2 is `extra_trees` on the preparation `plain`: n_estimators 40, max_features 0.5." in text


def test_when_nothing_passes_the_nearest_miss_is_told_with_what_it_misses() -> None:
    """Of those that miss the fewest criteria the better one."""
    text = rendered(verdicts=NOTHING)

    assert "**Nothing passes.** The nearest miss is trees_2: accuracy **0.478**" in text
    assert "It misses: us per row." in text
    assert "wins" not in text
    assert column(table(text, "What the gate asked of trees_2"), "verdict")["us per row"] == "**not met**"
    fewer = result(verdict("trees_1", "log loss"), verdict("trees_2", "log loss", "macro-F1"), verdict("linear_1", "a"))
    assert "The nearest miss is trees_1" in rendered(verdicts=fewer)


def test_candidates_champion_and_majority_are_rows_of_one_table_best_first() -> None:
    champion = model("transactions", version="7", later=split(accuracy=0.41), us_per_row=3.333)
    rows = table(rendered(judged(champion=champion, champion_note=None)), "Candidates")

    assert [row[0] for row in rows[1:]] == [
        "**trees_2**",
        "trees_1",
        "linear_1",
        "champion, version 7",
        "majority: FOOD",
    ]
    assert list(column(rows, "gate").values()) == ["winner", "pass", "misses 1", "", ""]
    assert list(column(rows, "accuracy").values()) == ["0.478", "0.450", "0.450", "0.410", "0.330"]
    assert list(column(rows, "us per row").values()) == ["2.62", "2.00", "2.00", "3.33", ""]
    assert list(column(rows, "surest 30%").values()) == ["0.800", "0.800", "", "0.800", "0.800"]
    assert list(column(rows, "unseen accuracy").values()) == ["0.350", "0.350", "", "0.350", "0.330"]
    assert {len(row) for row in rows} == {10}


def test_differences_have_their_intervals_against_majority_and_champion() -> None:
    against = comparison(interval(0.03, -0.01), interval(0.02, 0.01))
    won = model("trees_2", later=split(interval(0.12, 0.06), against))
    text = rendered(evaluation(won, champion_note=None), result(verdict("trees_2"), winner="trees_2"))
    rows = table(text, "trees_2 beside majority and champion")

    assert rows[1][1:] == ["accuracy", "+0.120 (+0.060 to +0.180)", "+0.030 (-0.010 to +0.070)"]
    assert rows[2][1:] == ["macro-F1", "+0.120 (+0.060 to +0.180)", "+0.020 (+0.010 to +0.030)"]
    assert [row[0] for row in rows[3:]] == ["unseen accounts"] * 2
    assert "their 95% interval" in text


def test_what_a_confidence_threshold_would_leave_stands_beside_the_champion() -> None:
    def points(*found: tuple[float, float, float | None]) -> tuple[CoveragePoint, ...]:
        return tuple(CoveragePoint(threshold=at, share=share, accuracy=right) for at, share, right in found)

    won = model("trees_2", later=split(by_threshold=points((0.5, 0.42, 0.781), (0.9, 0.0, None))))
    champion = model("champion", version="7", later=split(by_threshold=points((0.5, 0.3, 0.7))))
    found = evaluation(won, champion=champion, champion_note=None)
    rows = table(rendered(found, result(verdict("trees_2"), winner="trees_2")), "How sure trees_2 is")

    assert rows[1:] == [["0.5", "42.0%", "0.781", "30.0%", "0.700"], ["0.9", "0.0%", "", "", ""]]


def test_every_criterion_of_the_winner_has_its_value_bound_and_verdict() -> None:
    rows = table(rendered(), "What the gate asked of trees_2")

    assert rows[1] == ["macro-F1", "0.3", ">= 0.2", "met", ""]


def test_what_was_not_judged_is_told_at_the_top() -> None:
    from labeler.experiment.records import Criterion

    skipped = Criterion(name="F1 of FOOD", value=None, bound=0.4, sense=">=", is_met=True, note="too few rows: 3 of 50")
    found = verdict("trees_2")
    found = found.model_copy(update={"criteria": (*found.criteria, skipped)})
    text = rendered(verdicts=result(found, winner="trees_2"))

    assert "Not judged: F1 of FOOD." in text
    row = table(text, "What the gate asked of trees_2")[-1]
    assert row == ["F1 of FOOD", "", ">= 0.4", "not judged", "too few rows: 3 of 50"]


def test_categories_are_told_most_frequent_first_and_their_names_can_t_break_the_table() -> None:
    found = {"BAR|CAFE\nX": category(5, 0.25), "FOOD": category(500, 0.5)}
    won = model("trees_2", later=split(categories=found), unseen=split(categories={"FOOD": category(9, 0.125)}))
    text = rendered(evaluation(won), result(verdict("trees_2"), winner="trees_2"))

    assert table(text, "trees_2 by category")[1:] == [
        ["FOOD", "500", "0.50", "0.50", "0.50", "0.12"],
        ["BAR\\|CAFE X", "5", "0.25", "0.25", "0.25", ""],
    ]


def test_data_code_and_bundle_are_told_by_their_digests() -> None:
    rows = column(table(rendered(), "Data and code"), "version")

    assert rows["statements"] == f"`{'d' * 12}`"
    assert (rows["in DVC"], rows["commit"], rows["task"]) == ("`1234.dir`", f"`{'c' * 12}`", "toys")
    assert (rows["split"], rows["rows learnt from"]) == ("later=0.3 unseen=0.2 seed=1", "4,000")
    assert rows["MLflow run"] == "`run-of-all`"
    assert rows["bundle of trees_2"] == f"`{b'trees_2'.hex()[:12]}`"
    dirty = column(table(rendered(data=data(git_is_dirty=True)), "Data and code"), "version")
    assert dirty["commit"].endswith(" with local changes")
    bare = column(table(rendered(data=data(dvc=None, git_commit=None)), "Data and code"), "version")
    assert (bare["in DVC"], bare["commit"]) == ("not under DVC", "not in git")


def test_a_note_on_the_champion_stands_above_the_table() -> None:
    text = rendered(judged(champion_note="champion transactions version 7 may have seen these rows"))

    assert "\n\n> Champion transactions version 7 may have seen these rows.\n\n## Candidates" in text
    assert "\n> " not in rendered(judged(champion_note=None))


def test_a_winner_that_is_the_champion_already_is_said_to_be() -> None:
    champion = model("transactions", version="7", sha256=model("trees_2").sha256)

    assert "It is the champion already" in rendered(judged(champion=champion, champion_note=None))
    assert "It is the champion already" not in rendered(judged(champion=model("other"), champion_note=None))


@pytest.mark.parametrize("base", ["evaluation", "https://there/experiment/raw/", ""])
def test_pictures_are_linked_where_they_will_lie(tmp_path: Path, base: str) -> None:
    files = written(tmp_path)

    path = write_report(files, picture_base=base)

    prefix = f"{base.rstrip('/')}/" if base else ""
    found = re.findall(r"!\[(\w+)\]\(([^)]+)\)", path.read_text(encoding="utf-8"))
    assert path == files.report
    assert sorted(found) == sorted((name, f"{prefix}{name}.png") for name in PICTURES)


def test_a_picture_that_was_not_drawn_is_not_linked(tmp_path: Path) -> None:
    files = written(tmp_path)
    files.plot("speed").unlink()

    assert "speed.png" not in write_report(files, picture_base="evaluation").read_text(encoding="utf-8")
    assert Report.of(files).pictures == ("speed.png", "coverage.png", "calibration.png", "confusion_trees_2.png")


def test_the_same_records_give_the_same_text(tmp_path: Path) -> None:
    first, second = (
        write_report(written(tmp_path / name), picture_base="p").read_bytes() for name in ("first", "second")
    )

    assert first == second
    assert str(tmp_path).encode() not in first


@pytest.mark.parametrize("name", ["evaluation", "verdict"])
def test_records_of_different_experiments_make_no_report(tmp_path: Path, name: str) -> None:
    files = written(tmp_path)
    other = {"experiment_id": "0" * 10}
    found = judged() if name == "evaluation" else WON
    write_record(getattr(files, name), found.model_copy(update=other))

    step = {"evaluation": "evaluate", "verdict": "gate"}[name]
    with pytest.raises(InputInvalidError, match=rf"of experiment 0+, the plan of {EXPERIMENT}.*experiment {step}"):
        write_report(files, picture_base="")


def test_a_verdict_on_other_candidates_is_refused() -> None:
    with pytest.raises(InputInvalidError, match="the verdict is of other candidates"):
        shown(judged(), result(verdict("gone_1")))
