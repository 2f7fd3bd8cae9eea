"""What an evaluation looks like: PNG pictures of it and nothing else (pure). The same evaluation gives the same bytes.

A family has one colour and one mark in all of them (Okabe and Ito's colours, which colour-blind people tell apart).
"""

import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from labeler.experiment.evaluation.gate import ranked
from labeler.experiment.scores import Evaluation, ModelEvaluation

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

CONFUSION, COVERAGE, CALIBRATION, SPEED = "confusion", "coverage", "calibration", "speed"
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
MARKS = ("o", "s", "^", "D", "v", "P")
INK, GREY, LIGHT = "#222222", "#767676", "#DDDDDD"
STYLE: Mapping[str, Any] = {
    "font.family": "DejaVu Sans",  # comes with matplotlib: the same letters everywhere
    "font.size": 11,
    "axes.titlesize": 13,
    "axes.titlelocation": "left",
    "axes.edgecolor": GREY,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "legend.frameon": False,
    "legend.fontsize": 10,
    "text.color": INK,
    "text.parse_math": False,  # a category may hold a dollar
    "xtick.color": INK,
    "ytick.color": INK,
}
DPI = 120
"""Of 8 inches: sharp at 800 pixels, and small enough for a branch of its own with each report."""
MANY_CATEGORIES = 12


def draw(evaluation: Evaluation, *, budget_us_per_row: float | None = None) -> dict[str, bytes]:
    """PNG by name; a confusion matrix for each candidate (`confusion_name`)."""
    pictures = {
        COVERAGE: _coverage(evaluation),
        CALIBRATION: _calibration(evaluation),
        SPEED: _speed(evaluation, budget_us_per_row),
    }
    for candidate in evaluation.candidates:
        pictures[confusion_name(candidate.name)] = _confusion(candidate, evaluation.categories)
    return pictures


def confusion_name(candidate: str) -> str:
    return f"{CONFUSION}_{candidate}"


@contextmanager
def _figure(width: float, height: float) -> Iterator[tuple["Figure", "Axes", io.BytesIO]]:
    """Without pyplot, which keeps figures and settings of the whole process."""
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    png = io.BytesIO()
    style: Any = {**mpl.rcParamsDefault, **STYLE}  # nothing of this machine's matplotlibrc
    with mpl.rc_context(style):
        figure = Figure(figsize=(width, height), dpi=DPI, layout="constrained")
        FigureCanvasAgg(figure)
        yield figure, figure.add_subplot(), png
        engine = figure.get_layout_engine()
        if engine is not None:
            engine.execute(figure)
        figure.set_layout_engine("none")  # with one, savefig draws everything twice
        figure.savefig(png, format="png", metadata={"Software": None})


class _Look:
    """Colour and mark of each family, in the order of their names."""

    def __init__(self, evaluation: Evaluation) -> None:
        self.families = sorted({candidate.family or "" for candidate in evaluation.candidates})

    def colour(self, model: ModelEvaluation) -> str:
        return COLOURS[self.families.index(model.family or "") % len(COLOURS)]

    def mark(self, model: ModelEvaluation) -> str:
        return MARKS[self.families.index(model.family or "") % len(MARKS)]


def _lines(axes: "Axes", evaluation: Evaluation, points: Any) -> None:
    """Every candidate in its family's colour, the best one thick, the champion black and broken.

    `points`: of a Score, the x and y values.
    """
    look, best = _Look(evaluation), ranked(evaluation)[0]
    named: set[str | None] = set()
    for candidate in reversed(ranked(evaluation)):
        if candidate is not best:
            label = None if candidate.family in named else candidate.family
            named.add(candidate.family)
            axes.plot(*points(candidate.later.score), color=look.colour(candidate), lw=1.3, alpha=0.9, label=label)
    axes.plot(*points(best.later.score), color=look.colour(best), lw=2.8, label=f"{best.name} (best macro-F1)")
    if evaluation.champion:
        label = f"champion (version {evaluation.champion.version})"
        axes.plot(*points(evaluation.champion.later.score), color="black", lw=1.8, ls="--", label=label)


def _coverage(evaluation: Evaluation) -> bytes:
    def points(score: Any) -> tuple[Any, Any]:
        steps = len(score.coverage_curve)
        return np.arange(1, steps + 1) / steps * 100, np.array(score.coverage_curve) * 100

    with _figure(8, 4.8) as (_, axes, png):
        _lines(axes, evaluation, points)
        label = f"always {evaluation.majority_category}"
        axes.plot(*points(evaluation.majority_later), color=GREY, lw=1.5, ls=":", label=label)
        axes.set(xlim=(0, 100), ylim=(0, 100))
        axes.set_xlabel("rows that keep their label, the surest first (%)")
        axes.set_ylabel("of them right (%)")
        axes.set_title("Coverage against accuracy, later rows of known accounts")
        _finish(axes)
    return png.getvalue()


def _calibration(evaluation: Evaluation) -> bytes:
    def points(score: Any) -> tuple[Any, Any]:
        return [each.confidence * 100 for each in score.reliability], [
            each.accuracy * 100 for each in score.reliability
        ]

    with _figure(8, 4.8) as (_, axes, png):
        axes.plot([0, 100], [0, 100], color=GREY, lw=1.5, ls=":", label="means what it says")
        _lines(axes, evaluation, points)
        axes.set(xlim=(0, 100), ylim=(0, 100), aspect="equal")
        axes.set_xlabel("confidence (%), bins of equal counts")
        axes.set_ylabel("of them right (%)")
        axes.set_title("Calibration, later rows of known accounts")
        _finish(axes)
    return png.getvalue()


def _finish(axes: "Axes") -> None:
    axes.grid(color=LIGHT, lw=0.6)
    axes.set_axisbelow(True)
    handles, labels = axes.get_legend_handles_labels()
    axes.legend(handles[::-1], labels[::-1], loc="center left", bbox_to_anchor=(1.01, 0.5))


def _confusion(candidate: ModelEvaluation, categories: tuple[str, ...]) -> bytes:
    """Rows are true categories, most frequent first; a row's shares are in percent of it."""
    counts = np.array(candidate.later.score.confusion)
    rows = counts.sum(axis=1)
    used = [code for code in np.argsort(-rows, kind="stable") if rows[code] or counts[:, code].any()]
    shares = counts[np.ix_(used, used)] / np.maximum(rows[used], 1)[:, None] * 100
    size = 7.5 if len(used) > MANY_CATEGORIES else 9
    with _figure(8, 7.6 if len(used) > MANY_CATEGORIES else 6) as (figure, axes, png):
        figure.set_layout_engine("compressed")  # knows that cells are square
        axes.imshow(shares, cmap="Blues", vmin=0, vmax=100)
        for (row, column), share in np.ndenumerate(shares):
            if rows[used[row]] and (share >= 0.5 or row == column):
                colour = "white" if share > 55 else INK
                cell = axes.text(column, row, f"{share:.0f}", ha="center", va="center", size=size, color=colour)
                cell.set_in_layout(False)  # inside of the axes: measuring hundreds of them takes half of the time
        names = [categories[code] for code in used]
        truths = [f"{name} ({rows[code]:,})" for name, code in zip(names, used, strict=True)]
        axes.set_xticks(range(len(used)), names, rotation=90, size=8)
        axes.set_yticks(range(len(used)), truths, size=8)
        axes.tick_params(length=0)
        axes.set_xlabel("said")
        axes.set_ylabel("true (rows)")
        axes.spines[:].set_visible(False)
        axes.set_title(f"{candidate.name}: what rows of each category are said to be (%)")
    return png.getvalue()


def _speed(evaluation: Evaluation, budget: float | None) -> bytes:
    """Numbers beside the marks lead to the names; thin lines are the interval of the gain on the majority."""
    from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter

    look, order = _Look(evaluation), ranked(evaluation)
    with _figure(8, max(4.8, 1.6 + 0.26 * len(order))) as (figure, axes, png):
        axes.set_xscale("log")
        majority = evaluation.majority_later.macro_f1
        for number, model in enumerate(order, start=1):
            gain, colour, score = model.later.against_majority.macro_f1, look.colour(model), model.later.score
            axes.plot(
                [model.us_per_row] * 2, [majority + gain.low, majority + gain.high], color=colour, lw=0.8, alpha=0.6
            )
            axes.plot(model.us_per_row, score.macro_f1, look.mark(model), ms=8, mec="white", color=colour, ls="none",
                      label=f"{number}  {model.name}")  # fmt: skip
        if champion := evaluation.champion:
            axes.plot(champion.us_per_row, champion.later.score.macro_f1, "*", ms=15, color="black", mec="white",
                      ls="none", label=f"champion (version {champion.version})")  # fmt: skip
        if budget is not None and budget > 0:
            axes.axvline(budget, color="black", lw=1.5, ls="--", label=f"speed budget: {budget:.3g} us")
        axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axes.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
        axes.xaxis.set_minor_formatter(NullFormatter())
        axes.set_xlabel("microseconds per row, one core (log scale)")
        axes.set_ylabel(f"macro-F1 (majority: {majority:.3f})")
        axes.set_title("What a microsecond buys, later rows of known accounts")
        axes.grid(color=LIGHT, lw=0.6)
        axes.set_axisbelow(True)
        axes.margins(x=0.1, y=0.08)
        axes.legend(loc="center left", bbox_to_anchor=(1.01, 0.5))
        _number_points(figure, axes, order)
    return png.getvalue()


def _number_points(figure: "Figure", axes: "Axes", order: list[ModelEvaluation]) -> None:
    """Pushed to the right where they would cover one another."""
    figure.draw_without_rendering()
    taken: list[Any] = []
    for number, model in enumerate(order, start=1):
        place = (model.us_per_row, model.later.score.macro_f1)
        text = axes.annotate(str(number), place, (6, 2), textcoords="offset points", size=9, color=INK)
        while any(text.get_window_extent().overlaps(other) for other in taken):
            right, up = text.get_position()
            text.set_position((right + 3, up))
        taken.append(text.get_window_extent())
