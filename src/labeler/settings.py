"""Every variable that a process of labeler reads. Nothing else reads the environment.

The models are plain and frozen on purpose: a BaseSettings would fill gaps from the deployer's shell when the
infrastructure is synthesised. AWS's own variables (AWS_DEFAULT_REGION, AWS_ENDPOINT_URL, credentials) are read by boto3.
"""

import os
import shlex
from collections.abc import Mapping
from datetime import time
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from labeler.errors import SettingsError

PREFIX = "LABELER_"
DEFAULT_TASK = "labeler.transactions:task"
MIB = 1024 * 1024


class ProcessSettings(BaseModel):
    """A variable is the field's name in capitals behind LABELER_; an empty variable counts as unset."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> Self:
        """Raises SettingsError that names each wrong variable."""
        environ = os.environ if environ is None else environ
        variables = {name: environ.get(PREFIX + name.upper()) for name in cls.model_fields}
        values = {name: value for name, value in variables.items() if value}
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            faults = [f"{PREFIX}{str(fault['loc'][0]).upper()}: {fault['msg'].lower()}" for fault in error.errors()]
            raise SettingsError(
                "; ".join(faults), hint="set them, or start a local stack with `labeler local up`"
            ) from error

    def as_environment(self) -> dict[str, str]:
        """The variables that make `from_environment` give this again; None is left out."""
        return {PREFIX + name.upper(): str(value) for name, value in self if value is not None}


class PipelineSettings(ProcessSettings):
    """The buckets and the task; every process of the pipeline needs them."""

    raw_bucket: str
    labels_bucket: str
    runs_bucket: str
    task: str = DEFAULT_TASK


class RegistrySettings(ProcessSettings):
    registry_uri: str
    """MLflow's registry: an http(s) server, or sqlite:/// on a laptop."""
    model_name: str = "transactions"


class ManifestSettings(PipelineSettings, RegistrySettings):
    work_queue_url: str
    ledger_table: str
    landing_root: str = "landing"
    lookback_days: Annotated[int, Field(ge=0, le=30)] = 2
    unit_max_files: Annotated[int, Field(ge=1)] = 2000
    unit_max_bytes: Annotated[int, Field(ge=1)] = 64 * MIB
    list_parallelism: Annotated[int, Field(ge=1, le=256)] = 32
    deadline_s: Annotated[int, Field(ge=1)] = 1800


class WorkerSettings(PipelineSettings):
    work_queue_url: str
    visibility_timeout_s: Annotated[int, Field(ge=1)] = 120
    """The queue's; heartbeats extend by it."""
    unit_timeout_s: Annotated[int, Field(ge=1)] = 600
    """A unit that takes longer is no longer defended against redelivery."""
    retry_delay_s: Annotated[int, Field(ge=0)] = 15
    """After a fault that may pass, tripled with each receive up to five minutes."""
    failed_unit_delay_s: Annotated[int, Field(ge=0)] = 30
    """After any other fault: time for a healthier worker to take the unit."""
    drain_timeout_s: Annotated[float, Field(ge=0)] = 25
    receive_wait_s: Annotated[int, Field(ge=0, le=20)] = 10
    """Long poll; also how long an idle worker takes to leave."""
    fetch_threads: Annotated[int, Field(ge=1)] = 16
    block_bytes: Annotated[int, Field(ge=1)] = 16 * MIB
    """Raw bytes worked on at once: bounds memory whatever a unit holds."""
    max_file_bytes: Annotated[int, Field(ge=1)] = 16 * MIB
    """Larger ones are rejected unread; not more than a block, which bounds memory."""
    predict_block_rows: Annotated[int, Field(ge=1)] = 16_000
    idle_exit_s: Annotated[float, Field(gt=0)] | None = None
    """Leave when no message came for so long; unset: stay (KEDA scales in)."""


class CompletionSettings(PipelineSettings):
    ledger_table: str
    dead_letter_queue_url: str
    failure_tolerance: Annotated[float, Field(ge=0, le=1)] = 0.01
    """Share of a run's files whose unit may fail before the run counts as FAILED."""
    min_coverage: Annotated[float, Field(ge=0, le=1)] = 0.5
    """Share of the rows, and of the files, that must have labels: below it the run counts as FAILED."""
    deadline_s: Annotated[int, Field(ge=1)] = 1800
    """A redriven generation gets a new deadline of this length."""
    assumed_files_per_second: Annotated[float, Field(gt=0)] = 500
    """Of one worker, until the run's own receipts tell."""
    max_workers: Annotated[int, Field(ge=1)] = 200
    daily_run_due_at: time | None = None
    """UTC, for example 04:40: from then on the tick tells whether the run that labels the day before is open. Unset:
    nobody waits for a daily run."""
    glue_database: str | None = None
    glue_table: str | None = None


class ExperimentSettings(RegistrySettings):
    """Training on a person's machine; a laptop's registry needs no server."""

    registry_uri: str = "sqlite:///build/mlflow.db"
    task: str = DEFAULT_TASK
    alarm_topic_arn: str | None = None
    """SNS: gets a message when the gate lets no candidate pass."""
    monitoring_bucket: str | None = None
    """Gets what the days of each registered version are compared with."""
    commit: str | None = None
    """That the image was built from: no checkout tells it there."""


class ProposalSettings(ProcessSettings):
    """The pull request that an experiment opens."""

    github_repository: str | None = None
    """owner/name"""
    github_api_url: str = "https://api.github.com"
    """GitHub Enterprise has it at https://HOST/api/v3."""
    github_token: Annotated[str | None, Field(repr=False)] = None
    """May write contents and pull requests."""
    github_token_secret: str | None = None
    """Instead: the id of a secret in Secrets Manager that holds the token, plain or as JSON {"token": ...}."""


class OperatorSettings(PipelineSettings):
    """What `labeler run ...` needs on a person's machine."""

    work_queue_url: str
    dead_letter_queue_url: str
    ledger_table: str
    manifest_function: str = "labeler-manifest"
    deadline_s: Annotated[int, Field(ge=1)] = 1800
    registry_uri: str | None = None
    """A report's link to the model's card."""


class MonitoringSettings(PipelineSettings):
    """Monitoring of a published run: drift, and performance once the ground truth is known."""

    monitoring_bucket: str
    thresholds_file: Path = Path("monitoring.yaml")
    """Without it the defaults count, which are this repository's."""


class MonitoringHostSettings(ProcessSettings):
    """The host that shows drift reports."""

    monitoring_bucket: str
    port: Annotated[int, Field(ge=1, le=65535)] = 8000


def subprocess_environment(**variables: str) -> dict[str, str]:
    """This process's variables and `variables`, for a subprocess."""
    return {**os.environ, **variables}


LOCAL_STACK_FILE = Path("build/local/labeler.env")


def save_local_stack(variables: Mapping[str, str], path: Path = LOCAL_STACK_FILE) -> None:
    """Writes the variables for other terminals: for `load_local_stack`, and for a shell's own `.`"""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"export {name}={shlex.quote(value)}\n" for name, value in sorted(variables.items())))


def load_local_stack(path: Path = LOCAL_STACK_FILE) -> bool:
    """Takes the variables that a running `labeler local up` wrote, when this terminal names no stack itself."""
    if PREFIX + "RUNS_BUCKET" in os.environ or not path.is_file():
        return False
    variables = dict(word.split("=", 1) for word in shlex.split(path.read_text()) if "=" in word)
    # a profile or an endpoint of this shell would lead elsewhere
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ.update(variables)
    return True
