"""All plots of an evaluation."""

from labeler.experiment.evaluation.plots.confusion import plot_confusion
from labeler.experiment.evaluation.plots.curves import plot_calibration, plot_coverage
from labeler.experiment.evaluation.plots.names import CALIBRATION, COVERAGE, SPEED, confusion_name
from labeler.experiment.evaluation.plots.speed import plot_speed
from labeler.experiment.scores import Evaluation


def draw(evaluation: Evaluation, *, budget_us_per_row: float | None = None) -> dict[str, bytes]:
    """PNG by name; a confusion matrix for each candidate."""
    plots = {
        COVERAGE: plot_coverage(evaluation),
        CALIBRATION: plot_calibration(evaluation),
        SPEED: plot_speed(evaluation, budget_us_per_row),
    }
    for candidate in evaluation.candidates:
        plots[confusion_name(candidate.name)] = plot_confusion(candidate, evaluation.categories)
    return plots
