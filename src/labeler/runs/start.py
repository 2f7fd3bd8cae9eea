"""Starts a run by invoking the manifest function, as Airflow does."""

import json
from datetime import date

from pydantic import ValidationError

from labeler import errors, layout
from labeler.aws_errors import translated_errors
from labeler.errors import InputInvalidError, LabelerError, PermanentError
from labeler.messages import RunPlan, StartRun
from labeler.runs.connection import Connection


def invoke_manifest(
    connection: Connection,
    day: date,
    *,
    kind: str = layout.DAILY,
    model_version: str | None = None,
    keep_published: bool = True,
) -> RunPlan:
    """Raises what the function raised, as the error of the same name."""
    try:
        request = StartRun(run_date=day, kind=kind, model_version=model_version, keep_published=keep_published)
    except ValidationError as error:
        raise InputInvalidError(f"--kind {kind} is no name of a run", hint="use small letters and digits") from error
    with translated_errors("invoking the manifest function"):
        answer = connection.aws.lambda_.invoke(
            FunctionName=connection.settings.manifest_function, Payload=request.model_dump_json().encode()
        )
    payload = answer["Payload"].read()
    if not answer.get("FunctionError"):
        return RunPlan.parse(payload, source="the manifest function's answer")
    failure = json.loads(payload)
    named = getattr(errors, str(failure.get("errorType")), PermanentError)
    error_class = named if isinstance(named, type) and issubclass(named, LabelerError) else PermanentError
    raise error_class(f"the manifest function failed: {failure.get('errorMessage')}")
