"""The metrics that a candidate's MLflow run gets from its evaluation."""

from datetime import datetime
from typing import TYPE_CHECKING

from labeler.experiment.scores import ModelEvaluation

if TYPE_CHECKING:
    from mlflow.tracking import MlflowClient

SCORES = ("accuracy", "macro_f1", "weighted_f1", "log_loss", "calibration_error")
HEADLINES = ("later_accuracy", "later_macro_f1", "us_per_row")


def run_metrics(model: ModelEvaluation) -> dict[str, float]:
    """By the names that `labeler model compare` shows."""
    metrics = {"us_per_row": model.us_per_row}
    for split, evaluated in (("later", model.later), ("unseen", model.unseen)):
        if evaluated is not None:
            metrics |= {f"{split}_{name}": getattr(evaluated.score, name) for name in SCORES}
    return metrics


def headline_metrics(model: ModelEvaluation) -> dict[str, float]:
    metrics = run_metrics(model)
    return {name: round(metrics[name], 4) for name in HEADLINES}


def log_run_metrics(client: "MlflowClient", run_id: str, model: ModelEvaluation, at: datetime) -> None:
    """Those that the run does not have yet. `at`: their time in MLflow."""
    from mlflow.entities import Metric

    logged = client.get_run(run_id).data.metrics
    timestamp_ms = int(at.timestamp() * 1000)
    new = [
        Metric(name, value, timestamp_ms, 0) for name, value in run_metrics(model).items() if logged.get(name) != value
    ]
    if new:
        client.log_batch(run_id, metrics=new)
