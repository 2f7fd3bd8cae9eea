"""Coverage against accuracy, and calibration: a line for each model."""

from typing import TYPE_CHECKING, Any

import numpy as np

from labeler.experiment.evaluation.plots.figure import GREY, EstimatorStyle, draw_grid, png_figure
from labeler.experiment.evaluation.ranking import ranked
from labeler.experiment.scores import Evaluation

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def _plot_models(axes: "Axes", evaluation: Evaluation, points: Any) -> None:
    """Every candidate in its estimator's colour, the best one thick, the champion black and broken.

    `points`: of a Score, the x and y values.
    """
    style, best = EstimatorStyle(evaluation), ranked(evaluation)[0]
    labeled_estimators: set[str | None] = set()
    for candidate in reversed(ranked(evaluation)):
        if candidate is not best:
            label = None if candidate.family in labeled_estimators else candidate.family
            labeled_estimators.add(candidate.family)
            axes.plot(*points(candidate.later.score), color=style.colour(candidate), lw=1.3, alpha=0.9, label=label)
    axes.plot(*points(best.later.score), color=style.colour(best), lw=2.8, label=f"{best.name} (best macro-F1)")
    if evaluation.champion:
        label = f"champion (version {evaluation.champion.version})"
        axes.plot(*points(evaluation.champion.later.score), color="black", lw=1.8, ls="--", label=label)


def plot_coverage(evaluation: Evaluation) -> bytes:
    def points(score: Any) -> tuple[Any, Any]:
        steps = len(score.coverage_curve)
        return np.arange(1, steps + 1) / steps * 100, np.array(score.coverage_curve) * 100

    with png_figure(8, 4.8) as (_, axes, png):
        _plot_models(axes, evaluation, points)
        label = f"always {evaluation.majority_category}"
        axes.plot(*points(evaluation.majority_later), color=GREY, lw=1.5, ls=":", label=label)
        axes.set(xlim=(0, 100), ylim=(0, 100))
        axes.set_xlabel("rows that keep their label, the surest first (%)")
        axes.set_ylabel("of them right (%)")
        axes.set_title("Coverage against accuracy, later rows of known accounts")
        _add_grid_and_legend(axes)
    return png.getvalue()


def plot_calibration(evaluation: Evaluation) -> bytes:
    def points(score: Any) -> tuple[Any, Any]:
        return [each.confidence * 100 for each in score.reliability], [
            each.accuracy * 100 for each in score.reliability
        ]

    with png_figure(8, 4.8) as (_, axes, png):
        axes.plot([0, 100], [0, 100], color=GREY, lw=1.5, ls=":", label="means what it says")
        _plot_models(axes, evaluation, points)
        axes.set(xlim=(0, 100), ylim=(0, 100), aspect="equal")
        axes.set_xlabel("confidence (%), bins of equal counts")
        axes.set_ylabel("of them right (%)")
        axes.set_title("Calibration, later rows of known accounts")
        _add_grid_and_legend(axes)
    return png.getvalue()


def _add_grid_and_legend(axes: "Axes") -> None:
    draw_grid(axes)
    handles, labels = axes.get_legend_handles_labels()
    axes.legend(handles[::-1], labels[::-1], loc="center left", bbox_to_anchor=(1.01, 0.5))
