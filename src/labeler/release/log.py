"""A stage's log of releases in its runs bucket: releases/0001.json when it is noted, 0001.worked.json when it worked."""

import re
from datetime import datetime

from labeler import layout
from labeler.errors import RunConflictError, ThrottledError
from labeler.release.history import History
from labeler.release.records import Build, Confirmation, Release
from labeler.storage import Bucket, read_message

NOTED = re.compile(r"/(\d+)\.json$")
CONFIRMED = re.compile(r"/(\d+)\.worked\.json$")
TRIES = 8


def read_history(runs: Bucket) -> History:
    """Of the stage with this runs bucket. Raises MessageInvalidError."""
    keys = [key for key, _ in runs.sizes(layout.RELEASES)]
    noted = [read_message(runs, key, Release) for key in keys if NOTED.search(key)]
    return History(
        releases=tuple(sorted(noted, key=lambda release: release.number)),
        confirmed=frozenset(int(found[1]) for found in map(CONFIRMED.search, keys) if found),
    )


def note(runs: Bucket, build: Build, *, by: str, at: datetime, back_to: int | None = None) -> Release:
    """Writes down what the stage is about to get. Repeating it writes nothing: a job that ran twice is one release.

    Raises ThrottledError when others keep writing.
    """
    for _ in range(TRIES):
        newest = read_history(runs).newest
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
    raise ThrottledError("noting the release: others kept noting theirs")


def confirm(runs: Bucket, build: Build, *, by: str, at: datetime) -> Release:
    """Writes down that the newest release worked. Raises RunConflictError when it is of another build."""
    newest = read_history(runs).newest
    if newest is None or not newest.is_same_build(build):
        said = f"its newest release is {newest.number}, commit {newest.commit[:12]}" if newest else "it has no release"
        raise RunConflictError(
            f"the stage was not given commit {build.commit[:12]}: {said}", hint="deploy it first: `make deploy`"
        )
    confirmation = Confirmation(number=newest.number, by=by, at=at)
    runs.put_once(layout.worked_key(newest.number), confirmation.to_json().encode(), "application/json")
    return newest
