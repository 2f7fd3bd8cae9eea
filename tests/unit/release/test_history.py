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
    """All of them succeeded but those that stopped half-way."""
    return History(releases, frozenset(one.number for one in releases) - set(stopped))


def numbers(history: History) -> list[int]:
    return [one.number for one in history.chain]


def test_rollback_leads_to_the_release_before_and_the_next_rollback_further_back() -> None:
    first, second, third = release(1), release(2), release(3)
    assert log(first, second, third).rollback_target().number == 2
    went_back = log(first, second, third, release(4, back_to=2))
    assert numbers(went_back) == [1, 2]
    assert went_back.rollback_target().number == 1


def test_build_after_a_rollback_goes_on_top_of_the_release_rolled_back_to() -> None:
    history = log(release(1), release(2), release(3, back_to=1), release(4))
    assert numbers(history) == [1, 4]
    assert history.rollback_target().number == 1, "never forward to a release that was rolled back"


@pytest.mark.parametrize("releases", [(), (release(1),), (release(1), release(2), release(3, back_to=1))])
def test_rollback_without_an_earlier_release_fails_with_a_hint(releases: tuple[Release, ...]) -> None:
    with pytest.raises(PermanentError, match="knows of no release that worked before") as raised:
        log(*releases).rollback_target()
    assert "BACK_TO" in str(raised.value.hint)


@pytest.mark.parametrize("stopped", [(2,), (2, 3)])
def test_rollback_skips_releases_that_never_succeeded(stopped: tuple[int, ...]) -> None:
    """1 succeeded, 2 was recorded and its deployment or smoke run failed, 3 was to repair it."""
    assert log(release(1), release(2), release(3), stopped=stopped).rollback_target().number == 1


def test_interrupted_rollback_is_repeated_until_it_is_confirmed() -> None:
    first, second, third, back = release(1), release(2), release(3), release(4, back_to=2)
    assert log(first, second, third, back, stopped=(4,)).rollback_target().number == 2
    assert log(first, second, third, back).rollback_target().number == 1
    assert log(first, second, release(3, back_to=1), stopped=(2, 3)).rollback_target().number == 1, (
        "there is none further back"
    )


def test_rollback_may_target_any_earlier_release_by_number() -> None:
    releases = (release(1), release(2), release(3), release(4))
    assert log(*releases).rollback_target(1).number == 1
    assert log(*releases, stopped=(2,)).rollback_target(2).number == 2, "whoever names it knows"
    assert log(*releases, release(5, back_to=3), stopped=(5,)).rollback_target(2).number == 2, (
        "3 can't be deployed any more"
    )
    for present in (4, 9):
        with pytest.raises(PermanentError, match=f"no release {present} before"):
            log(*releases).rollback_target(present)


def test_release_that_a_rollback_confirmed_is_a_rollback_target_again() -> None:
    releases = (release(1), release(2), release(3), release(4, back_to=2), release(5))
    assert log(*releases, stopped=(2,)).rollback_target().number == 2


@given(st.lists(st.booleans(), max_size=25))
def test_chain_is_a_stack_of_builds_popped_by_rollbacks(calls: list[bool]) -> None:
    """`True` deploys a build, `False` rolls back."""
    history = log()
    stack: list[int] = []
    for is_build in calls:
        number = len(history.releases) + 1
        if is_build:
            history = log(*history.releases, release(number))
            stack.append(number)
        elif len(stack) > 1:
            begun = release(number, back_to=history.rollback_target().number)
            stopped = log(*history.releases, begun, stopped=(number,))
            assert stopped.rollback_target().number == begun.back_to
            history = log(*history.releases, begun)
            stack.pop()
        assert numbers(history) == stack


OLD, NEW, BACK = release(1, champion="x"), release(2, champion="y"), release(3, back_to=1, champion="x")


def test_rollback_takes_back_the_champion_of_the_release_rolled_back() -> None:
    assert log(OLD, NEW, BACK, stopped=(3,)).champions_rolled_back() == {"y"}
    assert log(OLD, NEW, BACK).champions_rolled_back() == {"y"}, "confirming it changes nothing"


def test_rollback_takes_back_every_champion_newer_than_its_target() -> None:
    history = log(OLD, NEW, release(3, champion="z"), release(4, back_to=1, champion="x"), stopped=(2, 4))
    assert history.champions_rolled_back() == {"y", "z"}


def test_interrupted_rollback_took_no_champion_back() -> None:
    """The next one, further back, still has to."""
    releases = (OLD, release(2, champion="x"), release(3, champion="y"), release(4, back_to=2, champion="x"))
    further = log(*releases, release(5, back_to=1, champion="x"), stopped=(4, 5))
    assert further.champions_rolled_back() == {"y"}


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
def test_champion_stays_unless_a_rolled_back_release_brought_it(releases: tuple[Release, ...]) -> None:
    assert log(*releases).champions_rolled_back() == frozenset()


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
def test_last_good_champion_is_that_of_the_newest_release_that_succeeded(
    history: History, champion: str | None
) -> None:
    assert history.last_good_champion() == champion
