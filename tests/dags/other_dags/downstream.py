"""A pipeline of somebody else, which starts when a day is labeled."""

from datetime import UTC, datetime
from typing import Any

from airflow.sdk import Asset, dag, task


@dag(schedule=[Asset("labeler_labels")], start_date=datetime(2026, 1, 1, tzinfo=UTC), catchup=False)
def downstream() -> None:
    @task
    def seen(*, triggering_asset_events: Any = None) -> list[dict[str, Any]]:
        return [event.extra for events in triggering_asset_events.values() for event in events]

    seen()


downstream()
