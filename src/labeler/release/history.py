"""Which release a stage has, and which one before: a log that is only added to, and the order that follows from it.

A build goes on top, a rollback takes the top away: several rollbacks in a row go back further and further, and never
forward to the release that somebody fled from. The registry's champions go by the same rule (models/history.py).
"""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime

from labeler import layout
from labeler.errors import PermanentError, Throttled
from labeler.release.records import Build, Release
from labeler.storage import Bucket, read_message

NUMBER = re.compile(r"(\d+)\.json$")
TRIES = 8


def line(releases: Iterable[Release]) -> tuple[Release, ...]:
    """The releases with each the one before it that a rollback leads to; the last is what the stage has."""
    found: tuple[Release, ...] = ()
    for release in sorted(releases, key=lambda release: release.number):
        kept = tuple(each for each in found if release.back_to and each.number <= release.back_to)
        found = kept or (*found, release)
    return found


def before(releases: Iterable[Release]) -> Release:
    """The release that a rollback deploys. Raises PermanentError when there is none."""
    found = line(releases)
    if len(found) < 2:
        raise PermanentError(
            f"this stage knows of no release before {'this one' if found else 'now'}",
            way_out="deploy a commit that you trust: merge its revert into main",
        )
    return found[-2]


def champion_left(releases: Sequence[Release]) -> str | None:
    """The SHA-256 of the champion that has to go, too: after a rollback, when the release that was left brought it."""
    if not releases:
        return None
    *earlier, newest = sorted(releases, key=lambda release: release.number)
    left = line(earlier)
    if newest.back_to is None or not left or left[-1].champion == newest.champion:
        return None
    return left[-1].champion


def read_releases(runs: Bucket) -> list[Release]:
    """Of the stage with this runs bucket, oldest first. Raises MessageInvalid."""
    keys = sorted(key for key, _ in runs.sizes(layout.RELEASES) if NUMBER.search(key))
    return [read_message(runs, key, Release) for key in keys]


def note(runs: Bucket, build: Build, *, by: str, at: datetime, back_to: int | None = None) -> Release:
    """Writes down what the stage is about to get. Repeating it writes nothing: a job that ran twice is one release.

    Raises Throttled when others keep writing.
    """
    for _ in range(TRIES):
        releases = read_releases(runs)
        newest = max(releases, key=lambda release: release.number, default=None)
        if newest and newest.back_to == back_to and newest.is_same_build(build):
            return newest
        release = Release(
            **build.model_dump(include=set(Build.model_fields)),
            number=newest.number + 1 if newest else 1,
            by=by,
            at=at,
            back_to=back_to,
        )
        if runs.put_once(layout.release_key(release.number), release.to_json().encode(), "application/json"):
            return release
    raise Throttled("noting the release: others kept noting theirs")
