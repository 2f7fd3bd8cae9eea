"""The Kubernetes connection of docs/airflow.md signs in worker and triggerer, with an `aws` that answers in its place."""

import asyncio
import base64
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import certifi
import pytest

from tests.dags.conftest import ROOT

SIGNED_IN = "Bearer --region eu-west-1 eks get-token --cluster-name labeler-prod --output json"


@pytest.fixture
def connection(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, Any]:
    """The extra of the connection that the docs give, with a cluster's values; `aws` answers with its arguments."""
    from kubernetes.client import Configuration

    text = (ROOT / "docs/airflow.md").read_text(encoding="utf-8").partition("```json\n")[2].partition("```")[0]
    first, end, _ = Path(certifi.where()).read_text(encoding="utf-8").partition("-----END CERTIFICATE-----")
    authority = base64.b64encode(f"{first}{end}".encode()).decode()
    text = text.replace("ENDPOINT", "https://127.0.0.1:9").replace("CERTIFICATE", authority)
    credential = {
        "apiVersion": "client.authentication.k8s.io/v1beta1",
        "kind": "ExecCredential",
        "status": {"token": "$*"},
    }
    aws = tmp_path / "aws"
    aws.write_text(f"#!/bin/sh\ncat <<END\n{json.dumps(credential)}\nEND\n")
    aws.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    monkeypatch.setenv("AIRFLOW_CONN_KUBERNETES_DEFAULT", text)
    monkeypatch.setattr(Configuration, "_default", None)  # the provider's hook sets it, for good
    extra: dict[str, Any] = json.loads(text)["extra"]
    return extra


def test_documented_connection_signs_a_worker_in(connection: dict[str, Any]) -> None:
    from labeling.steps import step

    configuration: Any = step("validate", ["experiment", "validate"]).hook.get_conn().configuration

    assert (configuration.host, configuration.auth_settings()["BearerToken"]["value"]) == (
        "https://127.0.0.1:9",
        SIGNED_IN,
    )


def test_documented_connection_signs_the_triggerer_in(connection: dict[str, Any]) -> None:
    from airflow.providers.cncf.kubernetes.triggers.pod import KubernetesPodTrigger

    trigger = KubernetesPodTrigger(
        pod_name="one",
        pod_namespace="jobs",
        trigger_start_time=datetime.now(UTC),
        base_container_name="base",
        kubernetes_conn_id="kubernetes_default",
        connection_extras=connection,
    )

    asyncio.run(trigger.hook._load_config())

    configuration = trigger.hook.client_configuration
    assert (configuration.host, configuration.api_key["BearerToken"]) == ("https://127.0.0.1:9", SIGNED_IN)
