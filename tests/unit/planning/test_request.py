"""A plan assumes what a run's settings say."""

from inspect import signature

import pytest
from pydantic import ValidationError

from labeler.cli.plan import plan as plan_command
from labeler.cli.plan import seconds
from labeler.planning.request import CapacityRequest
from labeler.settings import CompletionSettings, ManifestSettings, ProcessSettings
from tests.unit.planning.capacity_requests import plan


@pytest.mark.parametrize(
    ("field", "settings_class", "setting"),
    [
        ("deadline_s", ManifestSettings, "deadline_s"),
        ("unit_max_files", ManifestSettings, "unit_max_files"),
        ("unit_max_bytes", ManifestSettings, "unit_max_bytes"),
        ("lookback_days", ManifestSettings, "lookback_days"),
        ("list_parallelism", ManifestSettings, "list_parallelism"),
        ("files_per_second", CompletionSettings, "assumed_files_per_second"),
        ("max_workers", CompletionSettings, "max_workers"),
    ],
)
def test_request_defaults_are_the_defaults_of_the_run_s_settings(
    field: str, settings_class: type[ProcessSettings], setting: str
) -> None:
    assert CapacityRequest.model_fields[field].default == settings_class.model_fields[setting].default


def test_command_defaults_are_the_defaults_of_a_request() -> None:
    defaults = {name: option.default for name, option in signature(plan_command).parameters.items()}
    names = {"files_per_second": "files_per_second", "max_workers": "max_workers", "warm_workers": "warm_workers",
             "unit_max_files": "unit_max_files", "rows": "mean_rows", "size": "mean_bytes"}  # fmt: skip

    assert {name: defaults[name] for name in names} == {
        name: CapacityRequest.model_fields[field].default for name, field in names.items()
    }
    assert seconds(defaults["deadline"]) == CapacityRequest.model_fields["deadline_s"].default


def test_request_without_files_is_refused() -> None:
    with pytest.raises(ValidationError):
        plan(0)
