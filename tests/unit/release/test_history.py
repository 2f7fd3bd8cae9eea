"""Which release a rollback leads to, in any order of builds and rollbacks, and when the champion goes with it."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labeler.errors import PermanentError
from labeler.release.history import before, champion_left, line
from labeler.release.records import Release

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def release(number: int, *, back_to: int | None = None, champion: str | None = None) -> Release:
    commit, digest = f"{number:040x}", f"sha256:{number:064x}"
    return Release(
        commit=commit, images={"worker": digest}, champion=champion, number=number, by="cd", at=NOON, back_to=back_to
    )


def numbers(*releases: Release) -> list[int]:
    return [each.number for each in line(releases)]


def test_a_rollback_leads_to_the_release_before_and_the_next_one_further_back() -> None:
    first, second, third = release(1), release(2), release(3)
    assert before([first, second, third]).number == 2
    went_back = release(4, back_to=2)
    assert numbers(first, second, third, went_back) == [1, 2]
    assert before([first, second, third, went_back]).number == 1


def test_a_build_after_a_rollback_goes_on_top_of_what_the_rollback_deployed() -> None:
    log = [release(1), release(2), release(3, back_to=1), release(4)]
    assert numbers(*log) == [1, 4]
    assert before(log).number == 1, "never forward to the release that somebody fled from"


@pytest.mark.parametrize("log", [[], [release(1)], [release(1), release(2), release(3, back_to=1)]])
def test_without_a_release_before_a_rollback_says_what_to_do(log: list[Release]) -> None:
    with pytest.raises(PermanentError, match="knows of no release before") as raised:
        before(log)
    assert raised.value.way_out


@given(st.lists(st.booleans(), max_size=25))
def test_whatever_was_deployed_and_taken_back_the_log_says_what_people_have_in_mind(calls: list[bool]) -> None:
    """`True` deploys a build, `False` rolls back."""
    log: list[Release] = []
    stack: list[int] = []
    for is_build in calls:
        number = len(log) + 1
        if is_build:
            log.append(release(number))
            stack.append(number)
        elif len(stack) > 1:
            log.append(release(number, back_to=before(log).number))
            stack.pop()
        assert numbers(*log) == stack


def test_the_champion_goes_when_the_release_that_was_left_had_brought_it() -> None:
    log = [release(1, champion="old"), release(2, champion="new"), release(3, back_to=1, champion="old")]
    assert champion_left(log) == "new"


@pytest.mark.parametrize(
    "log",
    [
        [],
        [release(1, champion="a"), release(2, champion="b")],
        [release(1, champion="a"), release(2, champion="a"), release(3, back_to=1, champion="a")],
        [release(1, champion="a"), release(2), release(3, back_to=1, champion="a")],
    ],
    ids=["nothing", "no rollback", "the same champion", "it named none"],
)
def test_else_the_champion_stays(log: list[Release]) -> None:
    assert champion_left(log) is None
