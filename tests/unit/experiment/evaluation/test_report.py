"""The report that a pull request shows: what wins or nearly does, and the plots it links."""

import re
from pathlib import Path
from typing import Any

import pytest

from labeler.errors import InputInvalidError
from labeler.experiment.evaluation.report import Report, write_report
from labeler.experiment.evaluation.report_sections import shown
from labeler.experiment.files import ExperimentFiles, write_record
from labeler.experiment.verdicts import Criterion
from tests.unit.experiment.evaluation.report_examples import NAMES, WON, column, evaluated, rendered, table
from tests.unit.experiment.evaluation_examples import EXPERIMENT, model, plan, result, verdict

NOTHING = result(
    verdict("trees_1", "log loss", "us per row"), verdict("trees_2", "us per row"), verdict("linear_1", "macro-F1")
)
PLOTS = ("speed", "coverage", "calibration", "confusion_trees_2")


def written(directory: Path, verdicts: Any = WON) -> ExperimentFiles:
    files = ExperimentFiles(directory)
    write_record(files.plan, plan(*NAMES))
    write_record(files.evaluation, evaluated())
    write_record(files.verdict, verdicts)
    for name in PLOTS:
        files.plot(name).write_bytes(b"png")
    return files


def test_report_starts_with_the_winner_its_figures_and_recipe() -> None:
    text = rendered()

    assert text.startswith(f"# Experiment {EXPERIMENT}\n\n**trees_2** wins: accuracy **0.478** (majority 0.330)")
    assert "macro-F1 **0.345**, 2.6 us per row. 2 of 3 candidates pass the gate." in text
    assert "trees_2 is `extra_trees` on the preparation `plain`: n_estimators 40, max_features 0.5." in text


def test_report_shows_the_nearest_miss_and_its_missed_criteria_when_nothing_passes() -> None:
    """Of those that miss the fewest criteria the better one."""
    text = rendered(verdicts=NOTHING)

    assert "**Nothing passes.** The nearest miss is trees_2: accuracy **0.478**" in text
    assert "It misses: us per row." in text
    assert "wins" not in text
    assert column(table(text, "What the gate asked of trees_2"), "verdict")["us per row"] == "**not met**"
    fewer = result(verdict("trees_1", "log loss"), verdict("trees_2", "log loss", "macro-F1"), verdict("linear_1", "a"))
    assert "The nearest miss is trees_1" in rendered(verdicts=fewer)


def test_criteria_that_were_not_evaluated_are_named_in_the_summary() -> None:
    skipped = Criterion(name="F1 of FOOD", value=None, bound=0.4, sense=">=", is_met=True, note="too few rows: 3 of 50")
    with_skipped = verdict("trees_2")
    with_skipped = with_skipped.model_copy(update={"criteria": (*with_skipped.criteria, skipped)})
    text = rendered(verdicts=result(with_skipped, winner="trees_2"))

    assert "Not evaluated: F1 of FOOD." in text
    row = table(text, "What the gate asked of trees_2")[-1]
    assert row == ["F1 of FOOD", "", ">= 0.4", "not evaluated", "too few rows: 3 of 50"]


def test_a_note_on_the_champion_is_shown_above_the_table() -> None:
    text = rendered(evaluated(champion_note="champion transactions version 7 may have seen these rows"))

    assert "\n\n> Champion transactions version 7 may have seen these rows.\n\n## Candidates" in text
    assert "\n> " not in rendered(evaluated(champion_note=None))


def test_report_says_when_the_winner_is_already_the_champion() -> None:
    champion = model("transactions", version="7", sha256=model("trees_2").sha256)

    assert "It is the champion already" in rendered(evaluated(champion=champion, champion_note=None))
    assert "It is the champion already" not in rendered(evaluated(champion=model("other"), champion_note=None))


@pytest.mark.parametrize("base", ["evaluation", "https://there/experiment/raw/", ""])
def test_plots_are_linked_below_the_given_base(tmp_path: Path, base: str) -> None:
    files = written(tmp_path)

    path = write_report(files, plot_base=base)

    prefix = f"{base.rstrip('/')}/" if base else ""
    links = re.findall(r"!\[(\w+)\]\(([^)]+)\)", path.read_text(encoding="utf-8"))
    assert path == files.report
    assert sorted(links) == sorted((name, f"{prefix}{name}.png") for name in PLOTS)


def test_a_plot_without_a_file_is_not_linked(tmp_path: Path) -> None:
    files = written(tmp_path)
    files.plot("speed").unlink()

    assert "speed.png" not in write_report(files, plot_base="evaluation").read_text(encoding="utf-8")
    assert Report.of(files).plots == ("speed.png", "coverage.png", "calibration.png", "confusion_trees_2.png")


def test_the_same_records_give_the_same_report(tmp_path: Path) -> None:
    first, second = (write_report(written(tmp_path / name), plot_base="p").read_bytes() for name in ("first", "second"))

    assert first == second
    assert str(tmp_path).encode() not in first


@pytest.mark.parametrize("name", ["evaluation", "verdict"])
def test_records_of_different_experiments_are_refused(tmp_path: Path, name: str) -> None:
    files = written(tmp_path)
    other = {"experiment_id": "0" * 10}
    record = evaluated() if name == "evaluation" else WON
    write_record(getattr(files, name), record.model_copy(update=other))

    step = {"evaluation": "evaluate", "verdict": "gate"}[name]
    with pytest.raises(InputInvalidError, match=rf"of experiment 0+, the plan of {EXPERIMENT}.*experiment {step}"):
        write_report(files, plot_base="")


def test_a_verdict_on_other_candidates_is_refused() -> None:
    with pytest.raises(InputInvalidError, match="the verdict is of other candidates"):
        shown(evaluated(), result(verdict("gone_1")))
