"""What a process reads of its environment, and what another one sets for it."""

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic.fields import FieldInfo

from labeler.errors import SettingsError
from labeler.settings import (
    PREFIX,
    CompletionSettings,
    ExperimentSettings,
    ManifestSettings,
    MonitoringHostSettings,
    MonitoringSettings,
    OperatorSettings,
    PipelineSettings,
    ProcessSettings,
    ProposalSettings,
    RegistrySettings,
    WorkerSettings,
    load_local_stack,
    save_local_stack,
)

SETTINGS_CLASSES: tuple[type[ProcessSettings], ...] = (
    CompletionSettings,
    ExperimentSettings,
    ManifestSettings,
    MonitoringHostSettings,
    MonitoringSettings,
    OperatorSettings,
    PipelineSettings,
    ProposalSettings,
    RegistrySettings,
    WorkerSettings,
)

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=40)


def is_number(field: FieldInfo) -> bool:
    return not any(type_name in str(field.annotation) for type_name in ("str", "Path"))


def values_of(field: FieldInfo) -> st.SearchStrategy[Any]:
    """Values that the field's type and bounds allow."""
    if not is_number(field):
        return TEXT
    bounds = {name: getattr(rule, name) for rule in field.metadata for name in ("ge", "le") if hasattr(rule, name)}
    if "time" in str(field.annotation):
        return st.times()
    lowest, highest = bounds.get("ge", 0), bounds.get("le", 10**9)
    if "float" in str(field.annotation):
        return st.floats(max(lowest, 1e-6), highest)  # some must be greater than 0
    return st.integers(lowest, highest)


def instances_of(settings_class: type[ProcessSettings]) -> st.SearchStrategy[ProcessSettings]:
    return st.builds(settings_class, **{name: values_of(field) for name, field in settings_class.model_fields.items()})


def required_variables(settings_class: type[ProcessSettings]) -> dict[str, str]:
    return {PREFIX + name.upper(): "some" for name, field in settings_class.model_fields.items() if field.is_required()}


def test_every_settings_class_is_tested() -> None:
    def subclasses_of(settings_class: type[ProcessSettings]) -> set[type[ProcessSettings]]:
        return {settings_class}.union(*(subclasses_of(sub) for sub in settings_class.__subclasses__()))

    assert subclasses_of(ProcessSettings) - {ProcessSettings} == set(SETTINGS_CLASSES)


@pytest.mark.parametrize("settings_class", SETTINGS_CLASSES)
def test_settings_are_equal_after_a_round_trip_through_variables(settings_class: type[ProcessSettings]) -> None:
    @given(instances_of(settings_class))
    def round_trip(settings: ProcessSettings) -> None:
        environ = settings.as_environment()
        assert all(name.startswith(PREFIX) and isinstance(value, str) for name, value in environ.items())
        assert settings_class.from_environment(environ) == settings

    round_trip()


NUMBERS = [
    (settings_class, name)
    for settings_class in SETTINGS_CLASSES
    for name, field in settings_class.model_fields.items()
    if is_number(field)
]


@pytest.mark.parametrize(("settings_class", "name"), NUMBERS)
def test_invalid_value_is_reported_by_its_variable_and_not_shown(
    settings_class: type[ProcessSettings], name: str
) -> None:
    variable = PREFIX + name.upper()

    with pytest.raises(SettingsError, match=f"^{variable}: ") as caught:
        settings_class.from_environment(required_variables(settings_class) | {variable: "many"})

    assert caught.value.hint is not None
    assert "many" not in caught.value.message


@pytest.mark.parametrize("settings_class", SETTINGS_CLASSES)
def test_every_missing_variable_is_named(settings_class: type[ProcessSettings]) -> None:
    names = required_variables(settings_class)
    if not names:
        assert settings_class.from_environment({}) == settings_class()
        return

    with pytest.raises(SettingsError) as caught:
        settings_class.from_environment({})

    assert all(f"{name}: " in caught.value.message for name in names)


def test_empty_variable_counts_as_unset() -> None:
    environ = required_variables(WorkerSettings) | {"LABELER_UNIT_TIMEOUT_S": "", "LABELER_IDLE_EXIT_S": ""}

    settings = WorkerSettings.from_environment(environ)

    assert (settings.unit_timeout_s, settings.idle_exit_s) == (600, None)


def test_alarms_and_proposals_are_off_unless_a_variable_is_set() -> None:
    experiment, proposal = ExperimentSettings.from_environment({}), ProposalSettings.from_environment({})

    assert experiment.alarm_topic_arn is None
    assert (proposal.github_repository, proposal.github_token, proposal.github_token_secret) == (None, None, None)
    topic = {"LABELER_ALARM_TOPIC_ARN": "arn:aws:sns:sa-east-1:123456789012:alarms"}
    assert ExperimentSettings.from_environment(topic).as_environment().items() >= topic.items()


def test_token_is_not_in_the_repr() -> None:
    value = "not-for-logs"
    settings = ProposalSettings.from_environment({"LABELER_GITHUB_TOKEN": value})

    assert settings.github_token == value
    assert value not in repr(settings) + str(settings)


@pytest.mark.parametrize("port", ["0", "65536", "-1"])
def test_port_outside_1_to_65535_is_refused(port: str) -> None:
    with pytest.raises(SettingsError, match=r"^LABELER_PORT: "):
        MonitoringHostSettings.from_environment({"LABELER_MONITORING_BUCKET": "some", "LABELER_PORT": port})


def test_thresholds_file_defaults_to_the_repository_s_and_can_be_set() -> None:
    environ = required_variables(MonitoringSettings)

    assert MonitoringSettings.from_environment(environ).thresholds_file == Path("monitoring.yaml")
    other_file = environ | {"LABELER_THRESHOLDS_FILE": "/etc/labeler/ours.yaml"}
    assert MonitoringSettings.from_environment(other_file).thresholds_file == Path("/etc/labeler/ours.yaml")


def test_unknown_variables_are_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABELER_NO_SUCH_THING", "1")
    for name, value in required_variables(PipelineSettings).items():
        monkeypatch.setenv(name, value)

    assert PipelineSettings.from_environment().raw_bucket == "some"


def test_settings_are_frozen() -> None:
    settings = PipelineSettings(raw_bucket="a", labels_bucket="b", runs_bucket="c")

    with pytest.raises(ValueError, match="frozen"):
        settings.raw_bucket = "other"


def test_local_stack_is_loaded_when_no_stack_is_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    variables = {
        "AWS_ENDPOINT_URL": "http://localhost:1",
        "LABELER_RUNS_BUCKET": "labeler-runs",
        "LABELER_REGISTRY_URI": "sqlite:////home/ana's work/a=b $HOME\n/mlflow.db",
        "LABELER_TASK": "",
    }
    file = tmp_path / "build/local/labeler.env"
    save_local_stack(variables, file)
    environ = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    monkeypatch.setattr(os, "environ", environ | {"AWS_PROFILE": "production"})

    assert load_local_stack(file)

    assert {name: os.environ[name] for name in variables} == variables
    assert "AWS_PROFILE" not in os.environ
    shell = subprocess.run(
        ["/bin/sh", "-c", '. "$1"; printf %s "$LABELER_REGISTRY_URI"', "sh", file],
        capture_output=True,
        text=True,
        check=True,
        env={},
    )
    assert shell.stdout == variables["LABELER_REGISTRY_URI"]


def test_local_stack_is_not_loaded_over_a_stack_that_is_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "labeler.env"
    file.write_text("export LABELER_RUNS_BUCKET=labeler-runs\n")
    monkeypatch.setattr(os, "environ", {"LABELER_RUNS_BUCKET": "ours"})

    assert not load_local_stack(file)
    assert not load_local_stack(tmp_path / "nothing")

    assert os.environ["LABELER_RUNS_BUCKET"] == "ours"
