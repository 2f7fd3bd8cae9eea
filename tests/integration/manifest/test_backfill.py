"""A past day with a chosen model version, never over labels that readers see unless it is asked for."""

from typing import TYPE_CHECKING

import pytest

from labeler import layout
from labeler.errors import RunConflictError
from labeler.messages import RunState
from tests.integration.manifest.conftest import DAY, FILES, NOW
from tests.unit.monitoring.example_summary import summary_of

if TYPE_CHECKING:
    from tests.integration.manifest.conftest import Manifest


def publish(manifest: "Manifest", state: RunState) -> None:
    """What readers see of the day's daily run."""
    summary = summary_of([], NOW, run_id="daily-2026-11-23", run_date=DAY, state=state, rows_labeled=0)
    manifest.stack.runs.put(layout.summary_key(summary.run_id), summary.to_json().encode())


@pytest.mark.parametrize("state", [RunState.COMPLETE, RunState.COMPLETE_WITH_FAILURES])
def test_backfill_of_a_published_day_is_refused_and_opens_no_run(manifest: "Manifest", state: RunState) -> None:
    publish(manifest, state)

    with pytest.raises(RunConflictError, match="2026-11-23 is labeled: daily-2026-11-23 published generation 1"):
        manifest.start(DAY, kind="backfill", model_version="8")

    assert manifest.stack.ledger.runs() == []


def test_backfill_beside_a_published_day_leaves_its_summary_unchanged(manifest: "Manifest") -> None:
    manifest.stack.put_files(FILES, DAY)
    publish(manifest, RunState.COMPLETE)
    before = manifest.stack.runs.get(layout.summary_key("daily-2026-11-23"))

    plan = manifest.start(DAY, kind="backfillv8", model_version="8", keep_published=False)

    assert (plan.run_id, plan.model_version, plan.files) == ("backfillv8-2026-11-23", "8", 25)
    assert manifest.stack.runs.get(layout.summary_key("daily-2026-11-23")) == before


def test_backfill_of_a_failed_day_is_allowed(manifest: "Manifest") -> None:
    publish(manifest, RunState.FAILED)

    assert manifest.start(DAY, kind="backfill").is_new


def test_open_backfill_continues_after_the_day_was_published(manifest: "Manifest") -> None:
    manifest.start(DAY, kind="backfill")
    publish(manifest, RunState.COMPLETE)

    assert not manifest.start(DAY, kind="backfill").is_new


def test_call_with_another_model_version_is_refused(manifest: "Manifest") -> None:
    manifest.start(DAY, kind="backfill", model_version="8")

    with pytest.raises(RunConflictError, match="backfill-2026-11-23 is pinned to model version 8, asked for is 9"):
        manifest.start(DAY, kind="backfill", model_version="9")


def test_daily_run_starts_despite_a_published_summary(manifest: "Manifest") -> None:
    publish(manifest, RunState.COMPLETE)

    assert manifest.start(DAY).is_new


def test_plan_names_the_key_of_its_generation(manifest: "Manifest") -> None:
    assert manifest.start(DAY).generation_key == layout.generation_key("daily-2026-11-23", 1)
