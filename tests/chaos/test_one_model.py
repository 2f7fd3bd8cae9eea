"""All labels of a run come from the one model that it was pinned to."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from labeler.models.registry import CHAMPION, connect
from labeler_local.emulator.functions import MANIFEST
from tests.champion import MODEL, add_version
from tests.chaos.day import Day, eventually
from tests.chaos.ground_truth import corrupted

if TYPE_CHECKING:
    from tests.champion import TrainedChampion
    from tests.chaos.day import Calendar

FILES = corrupted(40, seed=61)


def labels_by_row(rows: list[dict[str, Any]]) -> dict[tuple[str, int], tuple[str, float, str]]:
    return {
        (row["file_key"].rpartition("/")[2], row["row_number"]): (row["label"], row["confidence"], row["model_version"])
        for row in rows
    }


def test_a_champion_that_changes_in_the_middle_of_a_run_labels_the_next_run(
    calendar: "Calendar", day: Day, champion: "TrainedChampion", tmp_path: Path
) -> None:
    stack = calendar.stack
    uri = stack.manifest_settings.registry_uri
    challenger = add_version(uri, champion, tmp_path / "challenger")
    next_day, repeated = calendar.day(), calendar.day()
    for each in (day, next_day, repeated):
        each.land(FILES)
    with day.paused_workers():
        day.start()
        connect(uri).set_registered_model_alias(MODEL, CHAMPION, challenger)
        # both runs are in the queue now: workers come from one model to the other and back
        next_day.start()
        again = day.start()
    repeated_event = {"run_date": repeated.run_date.isoformat(), "model_version": champion.version}
    stack.invoke(MANIFEST, repeated_event)

    first, second, third = (labels_by_row(each.reconciled()) for each in (day, next_day, repeated))

    assert again.model_version == day.index.pins.model.version == champion.version
    assert {version for _, _, version in first.values()} == {champion.version}
    assert {version for _, _, version in second.values()} == {challenger}
    assert first == third, "the same model gave other labels"
    assert [confidence for _, confidence, _ in first.values()] != [confidence for _, confidence, _ in second.values()]
    eventually(lambda: day.is_queue_empty, what="the queue is empty")
