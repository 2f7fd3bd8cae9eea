"""The tables of the report: candidates, differences, thresholds, criteria, categories and digests."""

from labeler.experiment.scores import CoveragePoint
from tests.unit.experiment.evaluation.report_examples import column, evaluated, rendered, table
from tests.unit.experiment.evaluation_examples import (
    category,
    comparison,
    data,
    evaluation,
    interval,
    model,
    result,
    split,
    verdict,
)


def test_one_table_lists_candidates_best_first_then_champion_and_majority() -> None:
    champion = model("transactions", version="7", later=split(accuracy=0.41), us_per_row=3.333)
    rows = table(rendered(evaluated(champion=champion, champion_note=None)), "Candidates")

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


def test_differences_to_majority_and_champion_are_shown_with_their_intervals() -> None:
    against = comparison(interval(0.03, -0.01), interval(0.02, 0.01))
    won = model("trees_2", later=split(interval(0.12, 0.06), against))
    text = rendered(evaluation(won, champion_note=None), result(verdict("trees_2"), winner="trees_2"))
    rows = table(text, "trees_2 beside majority and champion")

    assert rows[1][1:] == ["accuracy", "+0.120 (+0.060 to +0.180)", "+0.030 (-0.010 to +0.070)"]
    assert rows[2][1:] == ["macro-F1", "+0.120 (+0.060 to +0.180)", "+0.020 (+0.010 to +0.030)"]
    assert [row[0] for row in rows[3:]] == ["unseen accounts"] * 2
    assert "their 95% interval" in text


def test_coverage_at_each_threshold_is_shown_beside_the_champion_s() -> None:
    def points(*rows: tuple[float, float, float | None]) -> tuple[CoveragePoint, ...]:
        return tuple(CoveragePoint(threshold=at, share=share, accuracy=right) for at, share, right in rows)

    won = model("trees_2", later=split(by_threshold=points((0.5, 0.42, 0.781), (0.9, 0.0, None))))
    champion = model("champion", version="7", later=split(by_threshold=points((0.5, 0.3, 0.7))))
    example = evaluation(won, champion=champion, champion_note=None)
    rows = table(rendered(example, result(verdict("trees_2"), winner="trees_2")), "How sure trees_2 is")

    assert rows[1:] == [["0.5", "42.0%", "0.781", "30.0%", "0.700"], ["0.9", "0.0%", "", "", ""]]


def test_every_criterion_of_the_winner_is_shown_with_value_bound_and_verdict() -> None:
    rows = table(rendered(), "What the gate asked of trees_2")

    assert rows[1] == ["macro-F1", "0.3", ">= 0.2", "met", ""]


def test_categories_are_listed_most_frequent_first_with_escaped_names() -> None:
    scores = {"BAR|CAFE\nX": category(5, 0.25), "FOOD": category(500, 0.5)}
    won = model("trees_2", later=split(categories=scores), unseen=split(categories={"FOOD": category(9, 0.125)}))
    text = rendered(evaluation(won), result(verdict("trees_2"), winner="trees_2"))

    assert table(text, "trees_2 by category")[1:] == [
        ["FOOD", "500", "0.50", "0.50", "0.50", "0.12"],
        ["BAR\\|CAFE X", "5", "0.25", "0.25", "0.25", ""],
    ]


def test_data_code_and_bundle_are_shown_by_their_digests() -> None:
    rows = column(table(rendered(), "Data and code"), "version")

    assert rows["statements"] == f"`{'d' * 12}`"
    assert (rows["in DVC"], rows["commit"], rows["task"]) == ("`1234.dir`", f"`{'c' * 12}`", "toys")
    assert (rows["split"], rows["training rows"]) == ("later=0.3 unseen=0.2 seed=1", "4,000")
    assert rows["MLflow run"] == "`run-of-all`"
    assert rows["bundle of trees_2"] == f"`{b'trees_2'.hex()[:12]}`"
    dirty = column(table(rendered(data=data(git_is_dirty=True)), "Data and code"), "version")
    assert dirty["commit"].endswith(" with local changes")
    bare = column(table(rendered(data=data(dvc=None, git_commit=None)), "Data and code"), "version")
    assert (bare["in DVC"], bare["commit"]) == ("not under DVC", "not in git")
