"""Which release a rollback leads to, in any order of builds and rollbacks, and which champions go with it."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labeler.errors import PermanentError
from labeler.release.history import History
from labeler.release.records import Release

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def release(number: int, *, back_to: int | None = None, champion: str | None = None) -> Release:
    commit, digest = f"{number:040x}", f"sha256:{number:064x}"
    return Release(
        commit=commit, images={"worker": digest}, champion=champion, number=number, by="cd", at=NOON, back_to=back_to
    )


def log(*releases: Release, stopped: tuple[int, ...] = ()) -> History:
    """All of them worked but those that stopped half-way."""
    return History(releases, frozenset(each.number for each in releases) - set(stopped))


def numbers(history: History) -> list[int]:
    return [each.number for each in history.line]


def test_a_rollback_leads_to_the_release_before_and_the_next_one_further_back() -> None:
    first, second, third = release(1), release(2), release(3)
    assert log(first, second, third).before().number == 2
    went_back = log(first, second, third, release(4, back_to=2))
    assert numbers(went_back) == [1, 2]
    assert went_back.before().number == 1


def test_a_build_after_a_rollback_goes_on_top_of_what_the_rollback_deployed() -> None:
    history = log(release(1), release(2), release(3, back_to=1), release(4))
    assert numbers(history) == [1, 4]
    assert history.before().number == 1, "never forward to the release that somebody fled from"


@pytest.mark.parametrize("releases", [(), (release(1),), (release(1), release(2), release(3, back_to=1))])
def test_without_a_release_before_a_rollback_says_what_to_do(releases: tuple[Release, ...]) -> None:
    with pytest.raises(PermanentError, match="knows of no release that worked before") as raised:
        log(*releases).before()
    assert "BACK_TO" in str(raised.value.hint)


@pytest.mark.parametrize("stopped", [(2,), (2, 3)])
def test_a_release_that_never_worked_is_passed_over(stopped: tuple[int, ...]) -> None:
    """1 was good, 2 was noted and its deployment or smoke run failed, 3 was to repair it."""
    assert log(release(1), release(2), release(3), stopped=stopped).before().number == 1


def test_a_rollback_that_stopped_half_way_is_repeated_until_it_is_done() -> None:
    first, second, third, back = release(1), release(2), release(3), release(4, back_to=2)
    assert log(first, second, third, back, stopped=(4,)).before().number == 2
    assert log(first, second, third, back).before().number == 1
    assert log(first, second, release(3, back_to=1), stopped=(2, 3)).before().number == 1, "there is none further back"


def test_a_person_may_choose_another_release_of_those_before() -> None:
    releases = (release(1), release(2), release(3), release(4))
    assert log(*releases).before(1).number == 1
    assert log(*releases, stopped=(2,)).before(2).number == 2, "whoever names it knows"
    assert log(*releases, release(5, back_to=3), stopped=(5,)).before(2).number == 2, "3 can't be deployed any more"
    for present in (4, 9):
        with pytest.raises(PermanentError, match=f"no release {present} before"):
            log(*releases).before(present)


def test_what_a_rollback_proved_to_work_is_led_to_again() -> None:
    releases = (release(1), release(2), release(3), release(4, back_to=2), release(5))
    assert log(*releases, stopped=(2,)).before().number == 2


@given(st.lists(st.booleans(), max_size=25))
def test_whatever_was_deployed_and_taken_back_the_log_says_what_people_have_in_mind(calls: list[bool]) -> None:
    """`True` deploys a build, `False` rolls back."""
    history = log()
    stack: list[int] = []
    for is_build in calls:
        number = len(history.releases) + 1
        if is_build:
            history = log(*history.releases, release(number))
            stack.append(number)
        elif len(stack) > 1:
            begun = release(number, back_to=history.before().number)
            stopped = log(*history.releases, begun, stopped=(number,))
            assert stopped.before().number == begun.back_to
            history = log(*history.releases, begun)
            stack.pop()
        assert numbers(history) == stack


OLD, NEW, BACK = release(1, champion="x"), release(2, champion="y"), release(3, back_to=1, champion="x")


def test_the_champion_goes_when_the_release_that_was_left_had_brought_it() -> None:
    assert log(OLD, NEW, BACK, stopped=(3,)).champions_left() == {"y"}
    assert log(OLD, NEW, BACK).champions_left() == {"y"}, "confirming it changes nothing"


def test_all_champions_go_that_came_after_the_release_that_is_deployed_again() -> None:
    history = log(OLD, NEW, release(3, champion="z"), release(4, back_to=1, champion="x"), stopped=(2, 4))
    assert history.champions_left() == {"y", "z"}


def test_a_rollback_that_stopped_half_way_took_no_champion_back() -> None:
    """The next one, further back, still has to."""
    releases = (OLD, release(2, champion="x"), release(3, champion="y"), release(4, back_to=2, champion="x"))
    further = log(*releases, release(5, back_to=1, champion="x"), stopped=(4, 5))
    assert further.champions_left() == {"y"}


@pytest.mark.parametrize(
    "releases",
    [
        (),
        (OLD, NEW),
        (OLD, release(2, champion="x"), BACK),
        (OLD, release(2), BACK),
    ],
    ids=["nothing", "no rollback", "the same champion", "it named none"],
)
def test_else_the_champion_stays(releases: tuple[Release, ...]) -> None:
    assert log(*releases).champions_left() == frozenset()


@pytest.mark.parametrize(
    ("history", "champion"),
    [
        (log(), None),
        (log(OLD, NEW), "y"),
        (log(OLD, NEW, stopped=(2,)), "x"),
        (log(OLD, NEW, BACK), "x"),
    ],
    ids=["nothing", "the newest", "the newest stopped", "went back"],
)
def test_a_champion_needs_no_promotion_again_when_a_release_that_worked_brought_it(
    history: History, champion: str | None
) -> None:
    assert history.champion_that_worked() == champion
