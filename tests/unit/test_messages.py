"""What crosses a queue survives it, and what is not ours is refused by name."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from labeler.errors import MessageInvalidError, PermanentError
from labeler.messages import ModelPin, Pins, ReferencePin, RunState, StartRun, UnitFailure, WorkUnit

PINS = Pins(
    model=ModelPin(name="m", version="1", key="k", sha256="a" * 64, features_digest="f"),
    reference=ReferencePin(key="r", sha256="b" * 64, version="1"),
)
work_units = st.builds(
    WorkUnit,
    run_id=st.from_regex(r"[a-z0-9][a-z0-9.-]{0,80}", fullmatch=True),
    run_date=st.dates(),
    unit_id=st.integers(1, 10**6),
    slice_key=st.text(),
    slice_sha256=st.from_regex(r"[0-9a-f]{64}", fullmatch=True),
    files=st.integers(0, 10**6),
    size_bytes=st.integers(0, 10**15),
    task=st.text(),
    pins=st.just(PINS),
)


@given(work_units)
def test_message_survives_a_json_round_trip(unit: WorkUnit) -> None:
    assert WorkUnit.parse(unit.to_json(), source="m") == unit
    assert WorkUnit.parse(unit.to_json().encode(), source="m") == unit


@given(st.binary() | st.text())
def test_invalid_body_is_a_permanent_error(body: bytes | str) -> None:
    with pytest.raises(MessageInvalidError):
        WorkUnit.parse(body, source="m")
    assert issubclass(MessageInvalidError, PermanentError)


def unit() -> WorkUnit:
    return WorkUnit(
        run_id="daily-2026-03-02",
        run_date=date(2026, 3, 2),
        unit_id=1,
        slice_key="s",
        slice_sha256="c" * 64,
        files=1,
        size_bytes=1,
        task="t",
        pins=PINS,
    )


def test_error_names_source_and_field() -> None:
    broken = unit().to_json().replace('"unit_id":1', '"unit_id":0')
    with pytest.raises(MessageInvalidError, match=r"message 7 is not a WorkUnit: unit_id: "):
        WorkUnit.parse(broken, source="message 7")
    with pytest.raises(MessageInvalidError, match="the whole text"):
        WorkUnit.parse("{", source="message 7")


def test_newer_fields_are_ignored_and_newer_versions_refused() -> None:
    text = unit().to_json()
    assert WorkUnit.parse(text[:-1] + ',"colour":"blue"}', source="m") == unit()
    with pytest.raises(MessageInvalidError, match="schema_version"):
        WorkUnit.parse(text.replace('"schema_version":1', '"schema_version":2', 1), source="m")


def test_messages_are_frozen() -> None:
    with pytest.raises(ValidationError):
        unit().unit_id = 2


def test_timestamp_without_time_zone_is_refused() -> None:
    failure = {"run_id": "r", "unit_id": 1, "receive_count": 1, "error": "e", "reason": "r", "worker_id": "w"}
    assert UnitFailure.model_validate({**failure, "failed_at": "2026-03-02T06:00:00Z"})
    with pytest.raises(ValidationError):
        UnitFailure.model_validate({**failure, "failed_at": "2026-03-02T06:00:00"})


def test_start_event_with_a_misspelt_field_is_refused() -> None:
    assert StartRun.model_validate({"run_date": "2026-03-02"}).kind == "daily"
    with pytest.raises(ValidationError):
        StartRun.model_validate({"run_date": "2026-03-02", "modle_version": "3"})


def test_run_is_published_in_every_state_but_planning_and_running() -> None:
    assert {state for state in RunState if not state.is_published} == {RunState.PLANNING, RunState.RUNNING}
