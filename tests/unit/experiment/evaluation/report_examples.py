"""Three candidates of which one won, and the report on them."""

import re
from typing import Any

from labeler.experiment.evaluation.report_sections import render
from labeler.experiment.scores import Evaluation
from tests.unit.experiment.evaluation_examples import (
    evaluation,
    interval,
    model,
    most_confident,
    plan,
    result,
    split,
    verdict,
)

NAMES = ("trees_1", "trees_2", "linear_1")
WON = result(verdict("trees_1"), verdict("trees_2"), verdict("linear_1", "log loss"), winner="trees_2")


def evaluated(**changed: Any) -> Evaluation:
    """trees_2 is the best, then trees_1."""
    models = (
        model("trees_1"),
        model("trees_2", later=split(interval(0.12, 0.06), macro_f1=0.345, accuracy=0.478), us_per_row=2.62),
        model("linear_1", later=split(macro_f1=0.1, by_share=most_confident(0.5, 0.25)), unseen=None),
    )
    return evaluation(*models, **changed)


def rendered(example: Evaluation | None = None, verdicts: Any = WON, links: Any = None, **planned: Any) -> str:
    return render(example or evaluated(), verdicts, plan(*NAMES, **planned), links=links or {})


def table(text: str, heading: str) -> list[list[str]]:
    """Cells of the table below a heading, without the rule below its head."""
    section = text.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in (lines[0], *lines[2:])]


def column(rows: list[list[str]], name: str) -> dict[str, str]:
    return {row[0]: row[rows[0].index(name)] for row in rows[1:]}
