"""The stack as a whole: it leaves nothing behind and reaches no other AWS."""

import os
import subprocess
import sys
import threading
import time
from datetime import date
from pathlib import Path
from typing import Any

import boto3
import pytest

from labeler.aws import Aws
from labeler.errors import SettingsError
from labeler.settings import CompletionSettings, ManifestSettings, OperatorSettings, WorkerSettings
from labeler_local.emulator.functions import MANIFEST
from labeler_local.emulator.stack import LocalStack, local_stack


def test_consecutive_stacks_share_no_data(tmp_path: Path) -> None:
    with local_stack(tmp_path / "first", is_dispatching=False) as first:
        first.runs.put("runs/a/receipts/unit-00001.json", b"{}")
        first.aws.sqs.send_message(QueueUrl=first.resources.work_queue.url, MessageBody="unit")

    with local_stack(tmp_path / "second", is_dispatching=False) as second:
        assert list(second.runs.sizes("")) == []
        assert "Messages" not in second.aws.sqs.receive_message(QueueUrl=second.resources.work_queue.url)
        assert second.ledger.runs() == []


def test_environment_is_restored_after_the_stack_closes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("LABELER_RUNS_BUCKET", "somebody's")
    before = dict(os.environ)

    def fail_inside() -> None:
        with local_stack(tmp_path, is_dispatching=False) as stack:
            assert "AWS_PROFILE" not in os.environ
            assert os.environ["LABELER_RUNS_BUCKET"] == stack.resources.runs_bucket
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_inside()

    assert dict(os.environ) == before


def test_aws_variables_of_the_shell_are_ignored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://localhost:1")
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("HTTP_PROXY", "http://localhost:1")

    with local_stack(tmp_path, is_dispatching=False) as stack:
        assert Aws().s3.meta.endpoint_url == stack.endpoint
        names = {bucket["Name"] for bucket in Aws().s3.list_buckets()["Buckets"]}

    resources = stack.resources
    buckets = (
        resources.raw_bucket,
        resources.labels_bucket,
        resources.runs_bucket,
        resources.monitoring_bucket,
        resources.registry_bucket,
    )
    assert names == set(buckets)


def test_clients_of_the_stack_need_no_environment_variables(stack: LocalStack, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)

    assert stack.aws.sqs.meta.endpoint_url == stack.endpoint
    assert stack.aws.sqs.list_queues()["QueueUrls"]


def test_closing_the_stack_waits_for_the_running_function(tmp_path: Path) -> None:
    has_begun, endpoints = threading.Event(), []

    def slow(_event: Any, _context: Any) -> None:
        has_begun.set()
        time.sleep(0.3)
        endpoints.append(os.environ.get("AWS_ENDPOINT_URL"))

    with local_stack(tmp_path, is_dispatching=False) as stack:
        stack.functions.replace(MANIFEST, slow)
        stack.aws.lambda_.invoke(FunctionName=MANIFEST, InvocationType="Event", Payload=b"{}")
        assert has_begun.wait(5)
        endpoint = stack.endpoint

    assert endpoints == [endpoint]
    with pytest.raises(RuntimeError, match="closed"):
        stack.functions.invoke(MANIFEST, {})


def test_environment_holds_the_settings_of_every_process(stack: LocalStack) -> None:
    environment = stack.environment()

    assert ManifestSettings.from_environment(environment) == stack.manifest_settings
    assert WorkerSettings.from_environment(environment) == stack.worker_settings
    assert CompletionSettings.from_environment(environment) == stack.completion_settings
    assert OperatorSettings.from_environment(environment) == stack.operator_settings
    assert WorkerSettings.from_environment() == stack.worker_settings


def test_another_process_reaches_the_stack_with_its_environment(stack: LocalStack) -> None:
    stack.runs.put("models/a", b"from the stack")
    program = "import boto3; print(boto3.client('s3').get_object(Bucket='labeler-runs', Key='models/a')['Body'].read())"

    out = subprocess.run(
        [sys.executable, "-c", program], env=stack.environment(), capture_output=True, text=True, check=True
    )

    assert out.stdout.strip() == "b'from the stack'"


def test_options_set_fields_of_the_process_settings(open_stack: Any) -> None:
    stack = open_stack(unit_max_files=7, failure_tolerance=0.5, max_receives=2)

    assert stack.manifest_settings.unit_max_files == 7
    assert stack.completion_settings.failure_tolerance == 0.5
    assert stack.worker_settings.visibility_timeout_s == 3


def test_an_unknown_option_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="unit_max_fils"), local_stack(tmp_path, unit_max_fils=7):
        pass


def test_put_files_lands_files_under_their_date(stack: LocalStack) -> None:
    keys = stack.put_files({"a.csv": b"1", "b/c.csv": b"22"}, date(2026, 3, 2))

    assert keys == ["landing/2026-03-02/a.csv", "landing/2026-03-02/b/c.csv"]
    assert dict(stack.raw.sizes("landing/")) == {keys[0]: 1, keys[1]: 2}


def test_session_of_the_stack_serves_any_service(stack: LocalStack) -> None:
    session: boto3.Session = stack.aws.session

    assert session.client("sts").get_caller_identity()["Account"] == stack.resources.work_queue.arn.split(":")[4]
