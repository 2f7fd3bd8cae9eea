"""The images of a build, read from their archives: the digest of an image is known before any registry has it."""

import json
import tarfile
from pathlib import Path

from pydantic import ValidationError

from labeler.errors import InputInvalidError
from labeler.release.records import Build

ARCHIVES = "*.oci.tar"


def describe(directory: Path, *, commit: str, champion: str | None) -> Build:
    """The build whose images lie in `directory` as NAME.oci.tar. Raises InputInvalidError."""
    archives = sorted(directory.glob(ARCHIVES))
    if not archives:
        raise InputInvalidError(f"{directory} holds no {ARCHIVES}", hint="build the images first: `make images`")
    images = {path.name.removesuffix(ARCHIVES[1:]): digest_of(path) for path in archives}
    try:
        return Build(commit=commit, images=images, champion=champion)
    except ValidationError as error:
        fault = error.errors()[0]
        raise InputInvalidError(
            f"{'.'.join(map(str, fault['loc']))}: {fault['msg'].lower()}",
            hint="give a whole commit: git rev-parse HEAD",
        ) from error


def digest_of(archive: Path) -> str:
    """Of the one image in an OCI archive: what its index.json names. Raises InputInvalidError."""
    try:
        with tarfile.open(archive) as opened:
            index = opened.extractfile("index.json")
            digests = [manifest["digest"] for manifest in json.loads(index.read())["manifests"]] if index else []
    except (OSError, tarfile.TarError, ValueError, KeyError) as error:
        raise InputInvalidError(
            f"{archive} is no OCI archive: {error}", hint="build it again: `make images`"
        ) from error
    if len(digests) != 1:
        raise InputInvalidError(f"{archive} holds {len(digests)} images, not one", hint="build it again: `make images`")
    return str(digests[0])


def read_build(path: Path) -> Build:
    """Raises InputInvalidError when there is no such file, MessageInvalidError when it is none of ours."""
    try:
        return Build.parse(path.read_bytes(), source=str(path))
    except OSError as error:
        raise InputInvalidError(f"{path} can't be read: {error.strerror}", hint="`make images` writes it") from error
