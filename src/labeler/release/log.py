"""A stage's log of releases in its runs bucket: releases/0001.json before it is deployed, 0001.worked.json when it succeeded."""

import re
from datetime import datetime

from labeler import layout
from labeler.errors import RunConflictError, ThrottledError
from labeler.release.history import History
from labeler.release.records import Build, Confirmation, Release
from labeler.storage import Bucket, read_message

RELEASE_KEY = re.compile(r"/(\d+)\.json$")
CONFIRMATION_KEY = re.compile(r"/(\d+)\.worked\.json$")
MAX_ATTEMPTS = 8


def read_history(runs: Bucket) -> History:
    """Of the stage with this runs bucket. Raises MessageInvalidError."""
    keys = [key for key, _ in runs.sizes(layout.RELEASES)]
    releases = [read_message(runs, key, Release) for key in keys if RELEASE_KEY.search(key)]
    return History(
        releases=tuple(sorted(releases, key=lambda release: release.number)),
        confirmed=frozenset(int(match[1]) for match in map(CONFIRMATION_KEY.search, keys) if match),
    )


def record_release(runs: Bucket, build: Build, *, by: str, at: datetime, back_to: int | None = None) -> Release:
    """Records a release before it is deployed. Repeating it writes nothing: a job that ran twice is one release.

    Raises ThrottledError when others keep writing.
    """
    for _ in range(MAX_ATTEMPTS):
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
    raise ThrottledError("recording the release: others kept recording theirs")


def confirm_release(runs: Bucket, build: Build, *, by: str, at: datetime) -> Release:
    """Records that the newest release succeeded. Raises RunConflictError when it is of another build."""
    newest = read_history(runs).newest
    if newest is None or not newest.is_same_build(build):
        present = (
            f"its newest release is {newest.number}, commit {newest.commit[:12]}" if newest else "it has no release"
        )
        raise RunConflictError(
            f"the stage was not given commit {build.commit[:12]}: {present}", hint="deploy it first: `make deploy`"
        )
    confirmation = Confirmation(number=newest.number, by=by, at=at)
    runs.put_once(layout.confirmation_key(newest.number), confirmation.to_json().encode(), "application/json")
    return newest
