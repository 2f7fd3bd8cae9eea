"""The confusion matrix of a candidate."""

import numpy as np

from labeler.experiment.evaluation.plots.figure import INK, png_figure
from labeler.experiment.scores import ModelEvaluation

MANY_CATEGORIES = 12


def plot_confusion(candidate: ModelEvaluation, categories: tuple[str, ...]) -> bytes:
    """Rows are true categories, most frequent first; a row's shares are in percent of it."""
    counts = np.array(candidate.later.score.confusion)
    rows = counts.sum(axis=1)
    used = [code for code in np.argsort(-rows, kind="stable") if rows[code] or counts[:, code].any()]
    shares = counts[np.ix_(used, used)] / np.maximum(rows[used], 1)[:, None] * 100
    size = 7.5 if len(used) > MANY_CATEGORIES else 9
    with png_figure(8, 7.6 if len(used) > MANY_CATEGORIES else 6) as (figure, axes, png):
        figure.set_layout_engine("compressed")  # knows that cells are square
        axes.imshow(shares, cmap="Blues", vmin=0, vmax=100)
        for (row, column), share in np.ndenumerate(shares):
            if rows[used[row]] and (share >= 0.5 or row == column):
                colour = "white" if share > 55 else INK
                cell = axes.text(column, row, f"{share:.0f}", ha="center", va="center", size=size, color=colour)
                cell.set_in_layout(False)  # inside of the axes: measuring hundreds of them takes half of the time
        names = [categories[code] for code in used]
        row_names = [f"{name} ({rows[code]:,})" for name, code in zip(names, used, strict=True)]
        axes.set_xticks(range(len(used)), names, rotation=90, size=8)
        axes.set_yticks(range(len(used)), row_names, size=8)
        axes.tick_params(length=0)
        axes.set_xlabel("predicted")
        axes.set_ylabel("true (rows)")
        axes.spines[:].set_visible(False)
        axes.set_title(f"{candidate.name}: what rows of each category are predicted to be (%)")
    return png.getvalue()
