"""Options of a local stack."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from labeler.errors import InputInvalidError, SettingsError
from labeler_local.emulator.pipeline import SETTINGS_TYPES
from labeler_local.emulator.processes import Progress


@dataclass(frozen=True, slots=True, kw_only=True)
class StackOptions:
    tick_s: float = 1.0
    """Of the schedule, once dispatch runs."""
    visibility_timeout_s: int = 120
    max_receives: int = 4
    completion_visibility_timeout_s: int = 60
    completion_max_receives: int = 10
    is_restarting_workers: bool = False
    port: int = 0
    """0: a free one."""
    is_serving_mlflow: bool = False
    """The registry is MLflow's server with PostgreSQL and S3 behind it, not a SQLite file."""
    mlflow_port: int = 0
    progress: Progress = lambda _: None
    code: Path | None = None
    """Another functions folder than the checkout's."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """Fields of the processes' settings, by name."""


def parse_options(options: Mapping[str, Any]) -> StackOptions:
    """Raises SettingsError for an unknown option."""
    own = {field.name for field in fields(StackOptions)} - {"settings"}
    settings = _fields_of_settings()
    unknown = sorted(set(options) - own - settings)
    if unknown:
        raise SettingsError(f"a local stack has no option {', '.join(unknown)}", hint="see labeler/settings.py")
    return StackOptions(
        **{name: value for name, value in options.items() if name in own},
        settings={name: value for name, value in options.items() if name in settings},
    )


def parse_settings(pairs: Iterable[str]) -> dict[str, str]:
    """From NAME=VALUE, whose names are fields of the process settings. Raises InputInvalidError."""
    known, settings = _fields_of_settings(), {}
    for pair in pairs:
        name, sign, value = pair.partition("=")
        if not sign or name not in known:
            raise InputInvalidError(f"--set {pair} is no setting", hint="NAME=VALUE, as in failure_tolerance=0.5")
        settings[name] = value
    return settings


def _fields_of_settings() -> set[str]:
    return {name for settings in SETTINGS_TYPES for name in settings.model_fields}
