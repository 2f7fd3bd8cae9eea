"""Alarms of the DAGs: one message to the alarm topic, when there is one, and always a line in the log.

A second line beside the pipeline's own alarms, for what only Airflow can see: a task that gave up, a DAG run that is
not done in time.
"""

import logging
import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from airflow.sdk import DeadlineAlert, DeadlineReference, SyncCallback, Variable, conf

LOGGER = logging.getLogger(__name__)
TOPIC = "labeler_alarm_topic_arn"
MAX_SUBJECT = 100
"""SNS takes no longer one."""

CALLBACK_EXECUTORS = {"LocalExecutor", "CeleryExecutor", "AwsEcsExecutor", "AwsBatchExecutor", "AwsLambdaExecutor"}
"""Executors that run callbacks, by name: a parse imports none of them."""


def send_alarm(subject: str, text: str) -> None:
    """Sends to the topic of the Variable; unset, only logs."""
    LOGGER.error("%s\n%s", subject, text)
    topic = Variable.get(TOPIC, default="")
    if topic:
        from airflow.providers.amazon.aws.hooks.sns import SnsHook

        # no connection: Airflow 3.3.2 refuses them to a deadline's callback; the process's own role sends
        SnsHook(aws_conn_id=None).get_conn().publish(TopicArn=topic, Subject=subject[:MAX_SUBJECT], Message=text)


def task_failed(context: Mapping[str, Any]) -> None:
    """`on_failure_callback` of every task: after its last try."""
    task = context["ti"]
    send_alarm(
        f"Airflow: {task.dag_id}.{task.task_id} failed",
        f"run {task.run_id}\n{context.get('exception')}\n{task.log_url}",
    )


def deadline_missed(context: Mapping[str, Any]) -> None:
    """Called by the executor, with the scheduler's view of the DAG run."""
    run = context["dag_run"]
    send_alarm(
        f"Airflow: {run['dag_id']} is not done in time",
        f"run {run['dag_run_id']} should have been done at {context['deadline']['deadline_time']}",
    )


def deadline(after: timedelta) -> DeadlineAlert | None:
    """Alarms when a DAG run is not done `after` its logical date, if it has one. Its tasks go on.

    Not after it was queued: Airflow 3.3.2 answers 500 to who clears a failed DAG run then (apache/airflow#70368). None
    when an executor of this Airflow runs no callbacks: its scheduler would end at the first missed deadline, and again
    at each start.
    """
    # [alias:]name or module path, after commas; of teams, after semicolons and equals signs
    executors = {re.split("[=:.]", one)[-1].strip() for one in re.split("[,;]", conf.get("core", "executor"))}
    if not executors <= CALLBACK_EXECUTORS:
        return None
    return DeadlineAlert(
        reference=DeadlineReference.DAGRUN_LOGICAL_DATE, interval=after, callback=SyncCallback(deadline_missed)
    )
