"""The manifest Lambda: Airflow invokes it with `{"run_date": "2026-11-23"}`; repeating the event is safe."""

from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools.metrics import MetricUnit, single_metric
from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import ValidationError

from labeler.aws import Aws
from labeler.errors import MessageInvalidError
from labeler.manifest.start_run import start_run
from labeler.messages import RunPlan, StartRun
from labeler.settings import ManifestSettings
from labeler.telemetry import NAMESPACE, Metric, get_logger


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    # decorated at the call: nothing happens at import
    answer: dict[str, Any] = get_logger("manifest").inject_lambda_context(open_run)(event, context)
    return answer


def open_run(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    settings = ManifestSettings.from_environment()
    request = parse(event)
    plan = start_run(request, settings=settings, aws=Aws(), now=datetime.now(UTC))
    count_run(plan, request.kind)
    return plan.model_dump(mode="json")


def parse(event: object) -> StartRun:
    """Raises MessageInvalidError that names the first wrong field."""
    try:
        return StartRun.model_validate(event)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the event"
        raise MessageInvalidError(
            f"the event does not start a run: {where}: {first['msg']}", hint='send {"run_date": "2026-11-23"}'
        ) from error


def count_run(plan: RunPlan, kind: str) -> None:
    with single_metric(
        name=Metric.RUN_OPENED, unit=MetricUnit.Count, value=int(plan.is_new), namespace=NAMESPACE
    ) as metric:
        metric.add_dimension("kind", kind)
