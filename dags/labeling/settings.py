"""The Airflow Variables of a cluster, with their defaults. docs/airflow.md has the table.

Variables are read when a task runs; only `steps` is read when a DAG is parsed, since it decides what is drawn.
"""

from datetime import timedelta
from enum import StrEnum
from typing import Any

from airflow.sdk import Variable, conf

from labeling.alarms import task_failed

AWS_CONNECTION = "aws_default"
KUBERNETES_CONNECTION = "kubernetes_default"

DEFAULTS = {
    "labeler_manifest_function": "",
    "labeler_runs_bucket": "",
    "labeler_alarm_topic_arn": "",
    "labeler_github_repository": "",
    # pods: `jobs` in the CDK app makes namespace, accounts and the ConfigMaps of the same names
    "labeler_namespace": "jobs",
    "labeler_trainer": "trainer",
    "labeler_trainer_image": "labeler-trainer",
    "labeler_drift_report": "drift-report",
    "labeler_monitoring_image": "labeler-monitoring",
    "labeler_experiments_claim": "experiments",
    "labeler_experiments_directory": "/experiments",
    "labeler_rules_directory": "/etc/labeler",
    # processes
    "labeler_command": "labeler",
    "labeler_checkout": ".",
}
"""Airflow Variables. Function and bucket have no default: the CDK app gives no physical names."""

DEFAULT_ARGS: dict[str, Any] = {
    "owner": "labeling",
    "retries": 3,
    "retry_delay": timedelta(seconds=30),
    "retry_exponential_backoff": 2.0,
    "max_retry_delay": timedelta(minutes=10),
    "execution_timeout": timedelta(minutes=20),
    "on_failure_callback": task_failed,
}


class Steps(StrEnum):
    """Where the steps of an experiment and the drift report run."""

    PODS = "pods"
    PROCESSES = "processes"


def steps() -> Steps:
    """The one setting: `[labeler] steps` of Airflow's configuration, AIRFLOW__LABELER__STEPS. Raises ValueError."""
    return Steps(conf.get("labeler", "steps", fallback=Steps.PODS))


def template(name: str) -> str:
    """The Variable's value, or its default, when the task that holds this text runs. Raises KeyError."""
    return f"{{{{ var.value.get('{name}', '{DEFAULTS[name]}') }}}}"


def configured(name: str) -> str:
    """The same inside a task; may be empty. Raises KeyError."""
    value: str = Variable.get(name, default=DEFAULTS[name])
    return value


def variable(name: str) -> str:
    """The same inside a task that needs it. Raises ValueError when it is not set."""
    value = configured(name)
    if not value:
        raise ValueError(f"the Airflow Variable {name} is not set; docs/airflow.md has the table")
    return value
