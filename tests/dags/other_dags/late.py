"""A DAG run that misses its deadline, by the alert that the daily DAG has."""

import time
from datetime import UTC, datetime, timedelta

from airflow.sdk import dag, task
from labeling.alarms import deadline


@dag(schedule=None, start_date=datetime(2026, 1, 1, tzinfo=UTC), deadline=deadline(timedelta(seconds=2)))
def late() -> None:
    @task
    def slow() -> None:
        time.sleep(20)

    slow()


late()
