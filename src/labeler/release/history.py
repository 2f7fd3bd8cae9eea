"""The current release of a stage, and where a rollback leads: pure, from a log that is only added to.

    recorded ----> deployed, promoted, smoke run ----> confirmed: it succeeded

A release is recorded before anything happens and confirmed after everything did, so one that stopped in between is
known. A new build goes on top of the chain, a rollback takes the top away as soon as it is recorded: several in a row
go further and further back, and never forward to what somebody rolled back from. They lead to releases that succeeded,
and one that stopped is repeated. The registry's champions go by the same rule (models/history.py).
"""

from dataclasses import dataclass

from labeler.errors import PermanentError
from labeler.release.records import Release

HINT = "choose one of `labeler release list`: make rollback BACK_TO=...; or deploy a commit that you trust"


@dataclass(frozen=True, slots=True)
class History:
    releases: tuple[Release, ...] = ()
    """All releases of the stage, oldest first."""
    confirmed: frozenset[int] = frozenset()
    """The numbers of those that succeeded. A rollback has one, too."""

    @property
    def newest(self) -> Release | None:
        return self.releases[-1] if self.releases else None

    @property
    def chain(self) -> tuple[Release, ...]:
        """Each release after the one that it replaced; the last is the current one."""
        chain: tuple[Release, ...] = ()
        for release in self.releases:
            kept = tuple(earlier for earlier in chain if release.back_to and earlier.number <= release.back_to)
            chain = kept or (*chain, release)
        return chain

    @property
    def current(self) -> Release | None:
        """What the stage has; after a rollback the release that it led to."""
        return self.chain[-1] if self.chain else None

    @property
    def is_rolling_back(self) -> bool:
        """A rollback was recorded and not confirmed."""
        newest = self.newest
        return newest is not None and newest.back_to is not None and newest.number not in self.confirmed

    def rollback_target(self, number: int | None = None) -> Release:
        """The release that a rollback deploys; `number`: a person's choice. Raises PermanentError when there is none."""
        chain = self.chain
        earlier = chain if self.is_rolling_back else chain[:-1]
        if number is not None:
            candidates = [release for release in earlier if release.number == number]
        elif self.is_rolling_back:
            candidates = [chain[-1]]
        else:
            candidates = self._succeeded_of(earlier)
        if not candidates:
            which = "that worked" if number is None else f"{number}"
            raise PermanentError(f"this stage knows of no release {which} before its present one", hint=HINT)
        return candidates[-1]

    def last_good_champion(self) -> str | None:
        """SHA-256 of the champion of the newest release in the chain that succeeded: it needs no promotion again."""
        succeeded = self._succeeded_of(self.chain)
        return succeeded[-1].champion if succeeded else None

    def champions_rolled_back(self) -> frozenset[str]:
        """SHA-256 of the champions that came with the releases which the newest rollback took away."""
        newest = self.newest
        if newest is None or newest.back_to is None:
            return frozenset()
        earlier = History(self.releases[:-1], self.confirmed)
        while earlier.is_rolling_back:  # a rollback that stopped took no champion back
            earlier = History(earlier.releases[:-1], self.confirmed)
        champions = {release.champion for release in earlier.chain if release.number > newest.back_to}
        return frozenset(champion for champion in champions if champion and champion != newest.champion)

    @property
    def succeeded(self) -> frozenset[int]:
        """The numbers of the releases that were confirmed, as builds or as where a rollback led."""
        return self.confirmed | {
            release.back_to for release in self.releases if release.back_to and release.number in self.confirmed
        }

    def _succeeded_of(self, releases: tuple[Release, ...]) -> list[Release]:
        return [release for release in releases if release.number in self.succeeded]
