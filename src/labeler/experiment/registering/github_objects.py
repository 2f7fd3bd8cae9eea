"""Commits and pull requests as a proposal needs them, apart from PyGithub's own classes."""

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from github.PullRequest import PullRequest


@dataclass(frozen=True, slots=True)
class Commit:
    sha: str
    message: str
    tree: str


@dataclass(frozen=True, slots=True)
class Pull:
    number: int
    url: str
    state: Literal["open", "closed", "merged"]
    title: str
    body: str
    base: str
    head_sha: str
    """The newest commit that it proposes, there even when its branch is gone."""
    vendor: "PullRequest"

    @classmethod
    def of(cls, vendor: "PullRequest") -> "Pull":
        ended: Literal["closed", "merged"] = "merged" if vendor.merged_at else "closed"
        return cls(
            number=vendor.number,
            url=vendor.html_url,
            state="open" if vendor.state == "open" else ended,
            title=vendor.title,
            body=vendor.body or "",
            base=vendor.base.ref,
            head_sha=vendor.head.sha,
            vendor=vendor,
        )


def blob_sha(body: bytes) -> str:
    """What git calls these bytes."""
    return hashlib.sha1(b"blob %d\0" % len(body) + body, usedforsecurity=False).hexdigest()
