"""The completion Lambda's two entry points: messages of the completion queue, and the schedule."""

from datetime import UTC, datetime
from functools import cache
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from labeler.aws import Aws
from labeler.completion.metrics import summary_metrics, tick_metrics
from labeler.completion.receive import receive
from labeler.completion.tick import tick as run_tick
from labeler.settings import CompletionSettings
from labeler.telemetry import emit


def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """A batch of the completion queue; answers which messages come back."""
    settings = CompletionSettings.from_environment()
    outcome = receive(event, settings=settings, aws=aws_clients(), now=datetime.now(UTC))
    emit("completion", [measure for summary in outcome.published for measure in summary_metrics(summary)])
    return outcome.response


def tick(_event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Once a minute. Raises the first error after every run had its turn, so that the function's error alarm sees it."""
    settings = CompletionSettings.from_environment()
    report = run_tick(settings=settings, aws=aws_clients(), now=datetime.now(UTC))
    measures = tick_metrics(
        report.forecasts.values(), report.published, is_daily_run_missing=report.is_daily_run_missing
    )
    emit("completion", measures)
    for error in report.errors:
        raise error
    return {
        "forecasts": {run_id: forecast.model_dump(mode="json") for run_id, forecast in report.forecasts.items()},
        "published": [summary.run_id for summary in report.published],
    }


@cache
def aws_clients() -> Aws:
    """Made by the first call and kept by a warm Lambda."""
    return Aws()
