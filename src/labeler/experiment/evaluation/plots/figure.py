"""One figure as PNG, and the style that all plots share.

An estimator has one colour and one mark in all of them (Okabe and Ito's colours, which colour-blind people tell apart).
"""

import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from labeler.experiment.scores import Evaluation, ModelEvaluation

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

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


@contextmanager
def png_figure(width: float, height: float) -> Iterator[tuple["Figure", "Axes", io.BytesIO]]:
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


class EstimatorStyle:
    """Colour and mark of each estimator, in the order of their names."""

    def __init__(self, evaluation: Evaluation) -> None:
        self.estimators = sorted({candidate.family or "" for candidate in evaluation.candidates})

    def colour(self, model: ModelEvaluation) -> str:
        return COLOURS[self.estimators.index(model.family or "") % len(COLOURS)]

    def mark(self, model: ModelEvaluation) -> str:
        return MARKS[self.estimators.index(model.family or "") % len(MARKS)]


def draw_grid(axes: "Axes") -> None:
    axes.grid(color=LIGHT, lw=0.6)
    axes.set_axisbelow(True)
