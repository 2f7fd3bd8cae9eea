"""A build, a release of it on a stage, and the confirmation that it succeeded."""

from typing import Annotated

from pydantic import AwareDatetime, Field

from labeler.messages import Message

Commit = Annotated[str, Field(pattern=r"^[0-9a-f]{40}$")]
ImageDigest = Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")]


class Build(Message):
    """The images of one commit; every stage gets the same bytes."""

    commit: Commit
    images: dict[str, ImageDigest]
    """By the names of the folders of containers/."""
    champion: str | None = None
    """SHA-256 of the bundle that params.yaml names at this commit."""

    def tag(self, image: str) -> str:
        """Of an image in its repository: another build of the same commit has another one, for tags never move."""
        return f"{self.commit[:12]}-{self.images[image].removeprefix('sha256:')[:12]}"


class Release(Build):
    """A build on a stage; recorded before it is deployed, so that a deployment that fails can be rolled back."""

    number: Annotated[int, Field(ge=1)]
    by: str
    at: AwareDatetime
    back_to: int | None = None
    """The release that this rollback deployed again; None: a new build."""

    def is_same_build(self, other: Build) -> bool:
        return (self.commit, self.images) == (other.commit, other.images)


class Confirmation(Message):
    """That a release succeeded, up to its smoke run."""

    number: Annotated[int, Field(ge=1)]
    by: str
    at: AwareDatetime
