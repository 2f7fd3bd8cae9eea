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
    PlaceSettings,
    ProcessSettings,
    ProposalSettings,
    RegistrySettings,
    WorkerSettings,
    adopt_local_stack,
    offer_local_stack,
)

KINDS: tuple[type[ProcessSettings], ...] = (
    CompletionSettings,
    ExperimentSettings,
    ManifestSettings,
    MonitoringHostSettings,
    MonitoringSettings,
    OperatorSettings,
    PlaceSettings,
    ProposalSettings,
    RegistrySettings,
    WorkerSettings,
)

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=40)


def is_number(field: FieldInfo) -> bool:
    return not any(kind in str(field.annotation) for kind in ("str", "Path"))


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


def filled(kind: type[ProcessSettings]) -> st.SearchStrategy[ProcessSettings]:
    return st.builds(kind, **{name: values_of(field) for name, field in kind.model_fields.items()})


def required(kind: type[ProcessSettings]) -> dict[str, str]:
    return {PREFIX + name.upper(): "some" for name, field in kind.model_fields.items() if field.is_required()}


def test_every_kind_of_settings_is_tested() -> None:
    def below(kind: type[ProcessSettings]) -> set[type[ProcessSettings]]:
        return {kind}.union(*(below(sub) for sub in kind.__subclasses__()))

    assert below(ProcessSettings) - {ProcessSettings} == set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_what_one_process_sets_another_one_reads(kind: type[ProcessSettings]) -> None:
    @given(filled(kind))
    def round_trip(settings: ProcessSettings) -> None:
        environ = settings.as_environment()
        assert all(name.startswith(PREFIX) and isinstance(value, str) for name, value in environ.items())
        assert kind.from_environment(environ) == settings

    round_trip()


NUMBERS = [(kind, name) for kind in KINDS for name, field in kind.model_fields.items() if is_number(field)]


@pytest.mark.parametrize(("kind", "name"), NUMBERS)
def test_a_wrong_value_is_told_by_the_variable_s_name(kind: type[ProcessSettings], name: str) -> None:
    variable = PREFIX + name.upper()

    with pytest.raises(SettingsError, match=f"^{variable}: ") as caught:
        kind.from_environment(required(kind) | {variable: "many"})

    assert caught.value.hint is not None
    assert "many" not in caught.value.message


@pytest.mark.parametrize("kind", KINDS)
def test_every_missing_variable_is_named(kind: type[ProcessSettings]) -> None:
    names = required(kind)
    if not names:
        assert kind.from_environment({}) == kind()
        return

    with pytest.raises(SettingsError) as caught:
        kind.from_environment({})

    assert all(f"{name}: " in caught.value.message for name in names)


def test_an_empty_variable_counts_as_unset() -> None:
    environ = required(WorkerSettings) | {"LABELER_UNIT_TIMEOUT_S": "", "LABELER_IDLE_EXIT_S": ""}

    settings = WorkerSettings.from_environment(environ)

    assert (settings.unit_timeout_s, settings.idle_exit_s) == (600, None)


def test_nobody_is_alarmed_and_nothing_proposed_unless_a_variable_says_where() -> None:
    experiment, proposal = ExperimentSettings.from_environment({}), ProposalSettings.from_environment({})

    assert experiment.alarm_topic_arn is None
    assert (proposal.github_repository, proposal.github_token, proposal.github_token_secret) == (None, None, None)
    topic = {"LABELER_ALARM_TOPIC_ARN": "arn:aws:sns:sa-east-1:123456789012:alarms"}
    assert ExperimentSettings.from_environment(topic).as_environment().items() >= topic.items()


def test_a_token_is_not_shown() -> None:
    value = "not-for-logs"
    settings = ProposalSettings.from_environment({"LABELER_GITHUB_TOKEN": value})

    assert settings.github_token == value
    assert value not in repr(settings) + str(settings)


@pytest.mark.parametrize("port", ["0", "65536", "-1"])
def test_a_port_that_can_t_be_one_is_refused(port: str) -> None:
    with pytest.raises(SettingsError, match=r"^LABELER_PORT: "):
        MonitoringHostSettings.from_environment({"LABELER_MONITORING_BUCKET": "some", "LABELER_PORT": port})


def test_thresholds_are_where_the_repository_keeps_them_unless_a_variable_says_otherwise() -> None:
    environ = required(MonitoringSettings)

    assert MonitoringSettings.from_environment(environ).thresholds_file == Path("monitoring.yaml")
    elsewhere = environ | {"LABELER_THRESHOLDS_FILE": "/etc/labeler/ours.yaml"}
    assert MonitoringSettings.from_environment(elsewhere).thresholds_file == Path("/etc/labeler/ours.yaml")


def test_variables_of_others_are_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABELER_NO_SUCH_THING", "1")
    for name, value in required(PlaceSettings).items():
        monkeypatch.setenv(name, value)

    assert PlaceSettings.from_environment().raw_bucket == "some"


def test_settings_are_frozen() -> None:
    settings = PlaceSettings(raw_bucket="a", labels_bucket="b", runs_bucket="c")

    with pytest.raises(ValueError, match="frozen"):
        settings.raw_bucket = "other"


def test_a_terminal_that_names_no_stack_takes_over_the_local_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    variables = {
        "AWS_ENDPOINT_URL": "http://localhost:1",
        "LABELER_RUNS_BUCKET": "labeler-runs",
        "LABELER_REGISTRY_URI": "sqlite:////home/ana's work/a=b $HOME\n/mlflow.db",
        "LABELER_TASK": "",
    }
    written = tmp_path / "build/local/labeler.env"
    offer_local_stack(variables, written)
    environ = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    monkeypatch.setattr(os, "environ", environ | {"AWS_PROFILE": "production"})

    assert adopt_local_stack(written)

    assert {name: os.environ[name] for name in variables} == variables
    assert "AWS_PROFILE" not in os.environ
    told = subprocess.run(
        ["/bin/sh", "-c", '. "$1"; printf %s "$LABELER_REGISTRY_URI"', "sh", written],
        capture_output=True,
        text=True,
        check=True,
        env={},
    )
    assert told.stdout == variables["LABELER_REGISTRY_URI"]


def test_a_terminal_that_names_a_stack_keeps_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written = tmp_path / "labeler.env"
    written.write_text("export LABELER_RUNS_BUCKET=labeler-runs\n")
    monkeypatch.setattr(os, "environ", {"LABELER_RUNS_BUCKET": "ours"})

    assert not adopt_local_stack(written)
    assert not adopt_local_stack(tmp_path / "nothing")

    assert os.environ["LABELER_RUNS_BUCKET"] == "ours"
