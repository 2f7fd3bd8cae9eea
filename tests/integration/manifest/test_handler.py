"""The function as Lambda runs it, through the stack's Invoke."""

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from labeler.messages import RunPlan
from labeler_local.emulator.stack import FunctionFailedError
from tests.integration.manifest.conftest import copy_toy_model

if TYPE_CHECKING:
    from tests.integration.manifest.conftest import Manifest

FUNCTION = "labeler-manifest"
EVENT = {"run_date": "2026-11-23"}


@pytest.fixture
def champion(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("labeler.models.artifacts.copy_model_to_runs", copy_toy_model)


@pytest.mark.usefixtures("champion")
def test_handler_returns_a_run_plan_and_a_second_event_starts_nothing(manifest: "Manifest") -> None:
    first = RunPlan.model_validate(manifest.stack.invoke(FUNCTION, EVENT))
    second = RunPlan.model_validate(manifest.stack.invoke(FUNCTION, EVENT))

    assert (first.run_id, first.is_new) == ("daily-2026-11-23", True)
    assert second == first.model_copy(update={"is_new": False})


@pytest.mark.usefixtures("champion")
def test_metric_counts_opened_runs(manifest: "Manifest") -> None:
    manifest.stack.invoke(FUNCTION, EVENT)

    lines = manifest.stack.functions.log(FUNCTION).read_text().splitlines()
    counted = [json.loads(line) for line in lines if "_aws" in line]
    assert [(line["RunOpened"], line["kind"]) for line in counted] == [([1.0], "daily")]


@pytest.mark.parametrize(
    ("event", "named"),
    [
        ({}, "run_date: Field required"),
        ({"run_date": "yesterday"}, "run_date: Input should be a valid date"),
        ({**EVENT, "rundate": 1}, "rundate: Extra inputs are not permitted"),
        ([], "the event: Input should be"),
    ],
)
def test_invalid_event_is_refused_with_the_name_of_the_field(manifest: "Manifest", event: object, named: str) -> None:
    with pytest.raises(
        FunctionFailedError, match=rf"MessageInvalidError: the event does not start a run: {named}.*run_date"
    ):
        manifest.stack.invoke(FUNCTION, event)


def test_importing_the_handler_makes_no_client_and_loads_no_heavy_package() -> None:
    code = (
        "import runpy, sys; runpy.run_path('functions/manifest/handler.py');"
        "heavy = {'mlflow', 'pandas', 'numpy', 'pyarrow', 'sklearn', 'obstore', 'moto'} & set(sys.modules);"
        "sys.exit(f'loaded {heavy}' if heavy else 0)"
    )

    subprocess.run([sys.executable, "-c", code], check=True, env={}, timeout=60)
