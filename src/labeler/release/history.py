"""Where a stage is in its releases, and where a rollback leads: pure, of a log that is only added to.

    noted ----> deployed, promoted, smoke run ----> confirmed: it worked

A release is noted before anything happens and confirmed after everything did, so one that stopped in between is known.
A build goes on top of the line, a rollback takes the top away as soon as it is noted: several in a row go further and
further back, and never forward to what somebody fled from. They lead to releases that worked, and one that stopped is
repeated. The registry's champions go by the same rule (models/history.py).
"""

from dataclasses import dataclass

from labeler.errors import PermanentError
from labeler.release.records import Release

WAY_OUT = "choose one of `labeler release list`: make rollback BACK_TO=...; or deploy a commit that you trust"


@dataclass(frozen=True, slots=True)
class History:
    releases: tuple[Release, ...] = ()
    """All that the stage was given, oldest first."""
    confirmed: frozenset[int] = frozenset()
    """The numbers of those that worked. A rollback has one, too."""

    @property
    def newest(self) -> Release | None:
        return self.releases[-1] if self.releases else None

    @property
    def line(self) -> tuple[Release, ...]:
        """Each release after the one that it replaced; the last is what the stage has."""
        found: tuple[Release, ...] = ()
        for release in self.releases:
            kept = tuple(each for each in found if release.back_to and each.number <= release.back_to)
            found = kept or (*found, release)
        return found

    @property
    def is_going_back(self) -> bool:
        """A rollback was noted and not confirmed."""
        newest = self.newest
        return newest is not None and newest.back_to is not None and newest.number not in self.confirmed

    def before(self, wanted: int | None = None) -> Release:
        """The release that a rollback deploys; `wanted`: a person's choice. Raises PermanentError when there is none."""
        line = self.line
        below = line if self.is_going_back else line[:-1]
        if wanted is not None:
            found = [release for release in below if release.number == wanted]
        elif self.is_going_back:
            found = [line[-1]]
        else:
            found = self._worked(below)
        if not found:
            said = "that worked" if wanted is None else f"{wanted}"
            raise PermanentError(f"this stage knows of no release {said} before its present one", hint=WAY_OUT)
        return found[-1]

    def champion_that_worked(self) -> str | None:
        """SHA-256 of what the newest release of the line that worked had brought: it needs no promotion again."""
        worked = self._worked(self.line)
        return worked[-1].champion if worked else None

    def champions_left(self) -> frozenset[str]:
        """SHA-256 of the champions that a rollback takes back with the releases that had brought them."""
        newest = self.newest
        if newest is None or newest.back_to is None:
            return frozenset()
        earlier = History(self.releases[:-1], self.confirmed)
        while earlier.is_going_back:  # what stopped half-way took no champion back
            earlier = History(earlier.releases[:-1], self.confirmed)
        left = {release.champion for release in earlier.line if release.number > newest.back_to}
        return frozenset(champion for champion in left if champion and champion != newest.champion)

    @property
    def worked(self) -> frozenset[int]:
        """The numbers of the releases that were confirmed, as builds or as where a rollback led."""
        return self.confirmed | {
            each.back_to for each in self.releases if each.back_to and each.number in self.confirmed
        }

    def _worked(self, releases: tuple[Release, ...]) -> list[Release]:
        return [release for release in releases if release.number in self.worked]
