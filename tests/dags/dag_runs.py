"""DAG runs of the Airflow that the tests share, and the asset events that they leave."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from labeler_local.airflow.rest_api import AirflowClient

DAY = "2026-03-01"
"""The day of the fixture `labeled_day`; every other test takes days of its own."""


def run_dag(airflow: "AirflowClient", dag_id: str, **conf: Any) -> tuple[str, str]:
    """(id of the DAG run, the state that it ended with)"""
    run_id = airflow.trigger(dag_id, conf)
    return run_id, airflow.wait_until_ended(dag_id, run_id)


def label_events(airflow: "AirflowClient") -> list[dict[str, Any]]:
    """The extras of labeled days' events; the rest of an event names the DAG runs that it started, which goes on."""
    return [event["extra"] for event in airflow.events("labeler_labels")]
