"""The manifest Lambda, called so that a retry is right."""

import json
from datetime import timedelta
from typing import Any

from airflow.sdk.exceptions import AirflowException, AirflowFailException

from labeling.settings import AWS_CONNECTION, variable

TIMEOUT_S = 16 * 60
"""A little longer than a Lambda may take. Half of a day's listing is no reason to call again."""

START_TIMEOUT = timedelta(seconds=TIMEOUT_S + 60)

PERMANENT = {
    "AccessDeniedError",
    "ChampionMissingError",
    "ContractMismatchError",
    "DigestMismatchError",
    "InputInvalidError",
    "MessageInvalidError",
    "ObjectMissingError",
    "PlanInfeasibleError",
    "RunConflictError",
    "RunNotFoundError",
    "SettingsError",
}
"""labeler's errors after which the same call fails again, by name: the package is not on the cluster."""


def invoke_manifest(event: dict[str, Any]) -> dict[str, Any]:
    """The run's plan. AirflowFailException when a person must act, AirflowException when a retry may help."""
    from airflow.providers.amazon.aws.hooks.lambda_function import LambdaHook
    from botocore.config import Config

    # botocore's own retry would call a second time while the first call still works. This only switches keep-alive on:
    # its first probe comes after the machine's tcp_keepalive_time, which docs/airflow.md says to lower
    config = Config(read_timeout=TIMEOUT_S, retries={"total_max_attempts": 1}, tcp_keepalive=True)
    response = LambdaHook(AWS_CONNECTION, config=config).conn.invoke(
        FunctionName=variable("labeler_manifest_function"), Payload=json.dumps(event).encode()
    )
    payload = json.loads(response["Payload"].read())
    if not response.get("FunctionError"):
        return payload
    error_type = payload.get("errorType")
    error = AirflowFailException if error_type in PERMANENT else AirflowException
    raise error(f"the manifest function failed: {error_type}: {payload.get('errorMessage')}")
