"""Quality against speed: a point for each candidate, numbered by its place."""

from typing import TYPE_CHECKING, Any

from labeler.experiment.evaluation.plots.figure import INK, EstimatorStyle, draw_grid, png_figure
from labeler.experiment.evaluation.ranking import ranked
from labeler.experiment.scores import Evaluation, ModelEvaluation

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def plot_speed(evaluation: Evaluation, budget: float | None) -> bytes:
    """Numbers beside the marks lead to the names; thin lines are the interval of the gain on the majority."""
    from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter

    style, order = EstimatorStyle(evaluation), ranked(evaluation)
    with png_figure(8, max(4.8, 1.6 + 0.26 * len(order))) as (figure, axes, png):
        axes.set_xscale("log")
        majority = evaluation.majority_later.macro_f1
        for number, model in enumerate(order, start=1):
            gain, colour, score = model.later.against_majority.macro_f1, style.colour(model), model.later.score
            axes.plot(
                [model.us_per_row] * 2, [majority + gain.low, majority + gain.high], color=colour, lw=0.8, alpha=0.6
            )
            axes.plot(model.us_per_row, score.macro_f1, style.mark(model), ms=8, mec="white", color=colour, ls="none",
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
        draw_grid(axes)
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
