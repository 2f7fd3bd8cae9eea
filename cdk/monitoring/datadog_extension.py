"""Datadog's extension beside a function: it sends the function's logs and metrics, and reads the API key itself."""

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_secretsmanager as secrets

from cdk.access import allow_reading_secret
from cdk.environment import Datadog

PUBLISHER = "464622532012"
"""Datadog's account, which publishes the extension's layer."""


def add_datadog_extension(function: lambda_.Function, role: iam.Role, *, datadog: Datadog, stage: str) -> None:
    region = Stack.of(function).region
    arn = f"arn:aws:lambda:{region}:{PUBLISHER}:layer:Datadog-Extension-ARM:{datadog.extension_version}"
    function.add_layers(lambda_.LayerVersion.from_layer_version_arn(function, "DatadogExtension", arn))
    secret = secrets.Secret.from_secret_name_v2(function, "DatadogApiKey", datadog.api_key_secret)
    allow_reading_secret(role, secret.secret_arn)
    variables = {
        "DD_SITE": datadog.site,
        "DD_API_KEY_SECRET_ARN": secret.secret_arn,
        "DD_ENV": stage,
        "DD_SERVICE": "labeler",
        "DD_TRACE_ENABLED": "false",
    }
    for name, value in variables.items():
        function.add_environment(name, value)
