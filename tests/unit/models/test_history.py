"""Who was the champion before: promotions and rollbacks in any order, with lost entries and moved aliases."""

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labeler.errors import PermanentError
from labeler.models.history import Promotion, champion_history, next_sequence, read_promotions

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
VERSIONS = st.sampled_from(["1", "2", "3", "4"])
CALLS = st.lists(st.one_of(VERSIONS, st.just("back")), max_size=20)


def promotion(sequence: int, version: str, replaced: str | None, *, is_rollback: bool = False) -> Promotion:
    return Promotion(sequence=sequence, version=version, replaced=replaced, is_rollback=is_rollback, by="anna", at=NOON)


class Registry:
    """As promotion.py writes it. A stack is what people have in mind, the log is what there is."""

    def __init__(self) -> None:
        self.champion: str | None = None
        self.log: list[Promotion] = []
        self.stack: list[str] = []

    @property
    def history(self) -> tuple[str, ...]:
        return champion_history(self.log, self.champion)

    def call(self, call: str) -> None:
        if call == "back":
            self.rollback()
        elif call != self.champion:
            self._write(call, is_rollback=False)
            self.stack.append(call)

    def rollback(self) -> None:
        earlier = [version for version in self.history[:-1] if version != self.champion]
        if earlier:
            self._write(earlier[-1], is_rollback=True)

    def _write(self, version: str, *, is_rollback: bool) -> None:
        self.log.append(promotion(next_sequence(self.log), version, self.champion, is_rollback=is_rollback))
        self.champion = version


@settings(deadline=None)  # of time, on a busy machine
@given(st.lists(VERSIONS, max_size=12))
def test_any_sequence_of_promotions_can_be_rolled_back_one_by_one(promoted: list[str]) -> None:
    registry = Registry()
    for version in promoted:
        registry.call(version)
    expected = registry.stack[::-1]

    champions = []
    for _ in expected:
        champions.append(registry.champion)
        registry.rollback()

    assert champions == expected


@settings(deadline=None)  # of time, on a busy machine
@given(CALLS)
def test_rollback_never_returns_to_a_version_that_was_rolled_back(calls: list[str]) -> None:
    """Never forward again to the version that somebody fled from."""
    registry = Registry()
    for call in calls:
        before = registry.history
        registry.call(call)
        after = registry.history
        if call == "back":
            assert after == before[: len(after)]
            assert len(after) < len(before) or len(before) < 2
        else:
            assert after[-1] == call


@settings(deadline=None)  # of time, on a busy machine
@given(CALLS, VERSIONS)
def test_the_history_always_ends_with_the_version_that_has_the_alias(calls: Sequence[str], moved: str) -> None:
    registry = Registry()
    for call in calls:
        registry.call(call)

    assert champion_history(registry.log, moved)[-1] == moved


def test_an_alias_moved_by_hand_to_a_new_version_is_appended_to_the_history() -> None:
    assert champion_history([promotion(1, "2", "1")], "7") == ("1", "2", "7")


def test_an_alias_moved_by_hand_to_an_earlier_champion_cuts_the_history_there() -> None:
    assert champion_history([promotion(1, "2", "1"), promotion(2, "3", "2")], "1") == ("1",)


def test_a_champion_without_an_entry_precedes_the_version_that_replaced_it() -> None:
    """One that was made champion by an alias alone, or whose entry was lost."""
    assert champion_history([promotion(1, "5", "4")], "5") == ("4", "5")
    assert champion_history([], "1") == ("1",)
    assert champion_history([], None) == ()


def test_promotions_are_read_from_tags_in_sequence_and_other_tags_are_ignored() -> None:
    log = [promotion(2, "3", "2"), promotion(1, "2", "1"), promotion(10, "1", "3", is_rollback=True)]
    tags = {"team": "labels", **{entry.tag: entry.model_dump_json() for entry in log}}

    assert [entry.sequence for entry in read_promotions(tags)] == [1, 2, 10]
    assert next_sequence(read_promotions(tags)) == 11


def test_two_simultaneous_promotions_have_different_tags() -> None:
    assert promotion(1, "2", "1").tag != promotion(1, "3", "1").tag


@pytest.mark.parametrize("value", ["", "by hand", "[]", '{"version": "2"}'])
def test_a_malformed_promotion_tag_is_refused_by_its_name(value: str) -> None:
    with pytest.raises(PermanentError, match=r"labeler\.promotion\.1"):
        read_promotions({"labeler.promotion.1": value})


def test_a_promotion_with_unknown_fields_is_read() -> None:
    entry = promotion(1, "2", "1")

    assert read_promotions({entry.tag: entry.model_dump_json()[:-1] + ', "approved_by": "ben"}'}) == (entry,)
