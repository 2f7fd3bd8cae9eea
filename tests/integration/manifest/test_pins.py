"""A run keeps its model and its reference data."""

from typing import TYPE_CHECKING

import pytest

from labeler import layout
from labeler.errors import InputInvalidError, ObjectMissingError
from labeler.messages import ModelPin
from labeler.storage import Bucket
from tests.integration.manifest.conftest import DAY, FILES, copy_toy_model

if TYPE_CHECKING:
    from tests.integration.manifest.conftest import Manifest


def test_run_keeps_the_champion_of_its_first_call(manifest: "Manifest") -> None:
    """The champion changes between a crash and the call that finishes the run."""
    manifest.stack.put_files(FILES, DAY)
    with pytest.raises(ObjectMissingError):
        manifest.start(DAY, raw_bucket="nowhere")

    def copy_other_model(uri: str, name: str, version: str | None, runs: Bucket) -> ModelPin:
        raise AssertionError("the champion was resolved twice")

    assert manifest.start(DAY, pin_champion=copy_other_model).model_version == "7"


def test_first_of_two_calls_with_different_champions_pins_the_model(manifest: "Manifest") -> None:
    manifest.stack.put_files(FILES, DAY)

    def copy_while_another_call_pins(_uri: str, name: str, _version: str | None, runs: Bucket) -> ModelPin:
        with pytest.raises(ObjectMissingError):
            manifest.start(DAY, raw_bucket="nowhere")
        return copy_toy_model("", name, "8", runs)

    plan = manifest.start(DAY, pin_champion=copy_while_another_call_pins)

    assert plan.model_version == "7"
    assert {unit.pins.model.version for unit in manifest.dispatched()} == {"7"}


def test_unreadable_reference_data_is_refused_before_any_unit_is_sent(manifest: "Manifest") -> None:
    manifest.stack.put_files(FILES, DAY)
    manifest.stack.runs.put(layout.REFERENCE_CURRENT, b"<html>")

    with pytest.raises(InputInvalidError, match=r"reference/current\.json is not JSON"):
        manifest.start(DAY)

    assert manifest.dispatched() == []
