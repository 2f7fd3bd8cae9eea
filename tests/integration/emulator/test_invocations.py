"""Lambda's Invoke through boto3, and the functions behind it."""

import json
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from labeler.errors import SettingsError
from labeler_local.emulator.functions import COMPLETION, MANIFEST, TICK
from labeler_local.emulator.handlers import find_code
from labeler_local.emulator.stack import FunctionFailedError, LocalStack

HANDLER = """
import os
calls = []

def handler(event, context):
    calls.append(event)
    if "raise" in event:
        raise RuntimeError(event["raise"])
    print("the function was here")
    return {
        "calls": len(calls),
        "bucket": os.environ["LABELER_RUNS_BUCKET"],
        "name": context.function_name,
        "arn": context.invoked_function_arn,
        "remaining_ms": context.get_remaining_time_in_millis(),
        "request_id": context.aws_request_id,
    }

tick = handler
"""


@pytest.fixture
def code(tmp_path: Path) -> Path:
    for folder in ("manifest", "completion"):
        (tmp_path / "code" / folder).mkdir(parents=True)
        (tmp_path / "code" / folder / "handler.py").write_text(HANDLER)
    return tmp_path / "code"


@pytest.fixture
def deployed(open_stack: Any, code: Path) -> LocalStack:
    return open_stack(code=code)


def test_invoke_returns_the_response_of_the_function(deployed: LocalStack) -> None:
    answer = deployed.aws.lambda_.invoke(FunctionName=MANIFEST, Payload=b'{"run_date": "2026-03-02"}')

    body = json.loads(answer["Payload"].read())
    assert answer["StatusCode"] == 200
    assert "FunctionError" not in answer
    assert body["bucket"] == deployed.resources.runs_bucket
    assert body["name"] == MANIFEST
    assert body["arn"].endswith(f":function:{MANIFEST}")
    assert 0 < body["remaining_ms"] <= 900_000
    assert body["request_id"] == answer["ResponseMetadata"]["RequestId"]


def test_function_can_be_invoked_by_its_arn(deployed: LocalStack) -> None:
    arn = deployed.invoke(MANIFEST, {})["arn"]

    assert deployed.invoke(arn, {})["calls"] == 2


def test_function_exception_is_returned_as_by_lambda(deployed: LocalStack) -> None:
    answer = deployed.aws.lambda_.invoke(FunctionName=MANIFEST, Payload=b'{"raise": "no champion"}')

    body = json.loads(answer["Payload"].read())
    assert (answer["StatusCode"], answer["FunctionError"]) == (200, "Unhandled")
    assert (body["errorType"], body["errorMessage"]) == ("RuntimeError", "no champion")
    assert any("handler.py" in line for line in body["stackTrace"])
    assert [str(failure.error) for failure in deployed.errors] == ["no champion"]
    assert "Traceback" in deployed.functions.log(MANIFEST).read_text()
    with pytest.raises(FunctionFailedError, match="RuntimeError: twice"):
        deployed.invoke(MANIFEST, {"raise": "twice"})


def test_asynchronous_invoke_returns_before_the_function_ends(deployed: LocalStack) -> None:
    is_done, may_end = threading.Event(), threading.Event()

    def slow(_event: Any, _context: Any) -> None:
        may_end.wait(5)
        is_done.set()

    deployed.functions.replace(MANIFEST, slow)

    answer = deployed.aws.lambda_.invoke(FunctionName=MANIFEST, InvocationType="Event", Payload=b"{}")

    assert answer["StatusCode"] == 202
    assert not is_done.is_set()
    may_end.set()
    assert is_done.wait(5)


def test_invoking_an_unknown_function_raises_resource_not_found(deployed: LocalStack) -> None:
    with pytest.raises(deployed.aws.lambda_.exceptions.ResourceNotFoundException):
        deployed.aws.lambda_.invoke(FunctionName="labeler-nothing", Payload=b"{}")


def test_output_of_a_function_goes_to_its_log_only(capfd: pytest.CaptureFixture[str], deployed: LocalStack) -> None:
    before = sys.stdout

    deployed.functions.invoke(MANIFEST, {})
    print("a progress bar")  # noqa: T201 - what the process itself prints goes on

    assert sys.stdout is before
    assert capfd.readouterr() == ("a progress bar\n", "")
    assert deployed.functions.log(MANIFEST).read_text() == "the function was here\n"
    assert not deployed.functions.log(TICK).exists()


def test_each_function_loads_its_own_copy_of_its_module(deployed: LocalStack) -> None:
    deployed.invoke(COMPLETION, {})

    assert deployed.tick()["calls"] == 1


def test_response_that_is_not_json_serializable_is_an_error(deployed: LocalStack) -> None:
    deployed.functions.replace(MANIFEST, lambda _event, _context: {1, 2})

    with pytest.raises(FunctionFailedError, match="not JSON serializable"):
        deployed.invoke(MANIFEST, {})


def test_missing_function_code_names_the_folders_searched(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=str(tmp_path)):
        find_code("manifest/handler.py", tmp_path)
