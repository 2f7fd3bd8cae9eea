"""What was built: digests of archives, tags that never move."""

from pathlib import Path

import pytest

from labeler.errors import InputInvalidError, MessageInvalidError
from labeler.release.images import describe, read_build
from labeler.release.records import Build
from tests.unit.release.archives import digest, write_archive

COMMIT = "c0ffee" + "0" * 34


def test_build_names_each_image_by_the_digest_of_its_archive(tmp_path: Path) -> None:
    write_archive(tmp_path / "worker.oci.tar", digest(1))
    write_archive(tmp_path / "mlflow.oci.tar", digest(2))
    build = describe(tmp_path, commit=COMMIT, champion="abc")
    assert build.images == {"mlflow": digest(2), "worker": digest(1)}
    (tmp_path / "build.json").write_text(build.to_json())
    assert read_build(tmp_path / "build.json") == build


def test_another_build_of_the_same_commit_has_another_tag() -> None:
    """The repositories refuse to move a tag, and a build is not the same bytes twice."""
    first, second = (Build(commit=COMMIT, images={"worker": "sha256:" + letter * 64}) for letter in "ab")
    assert first.tag("worker") == "c0ffee000000-aaaaaaaaaaaa"
    assert first.tag("worker") != second.tag("worker")


def test_folder_without_images_is_refused_with_a_hint(tmp_path: Path) -> None:
    with pytest.raises(InputInvalidError, match="holds no") as raised:
        describe(tmp_path, commit=COMMIT, champion=None)
    assert "make images" in str(raised.value.hint)


def test_archive_that_is_broken_or_holds_several_images_is_refused(tmp_path: Path) -> None:
    write_archive(tmp_path / "worker.oci.tar", digest(1), digest(2))
    with pytest.raises(InputInvalidError, match="holds 2 images"):
        describe(tmp_path, commit=COMMIT, champion=None)
    (tmp_path / "worker.oci.tar").write_bytes(b"not an archive")
    with pytest.raises(InputInvalidError, match=r"worker\.oci\.tar is no OCI archive"):
        describe(tmp_path, commit=COMMIT, champion=None)


@pytest.mark.parametrize("commit", ["main", COMMIT[:12], COMMIT.upper()])
def test_build_needs_a_full_commit_hash(tmp_path: Path, commit: str) -> None:
    write_archive(tmp_path / "worker.oci.tar", digest(1))
    with pytest.raises(InputInvalidError, match="commit"):
        describe(tmp_path, commit=commit, champion=None)


def test_error_names_a_file_that_is_not_a_build(tmp_path: Path) -> None:
    with pytest.raises(InputInvalidError, match="can't be read"):
        read_build(tmp_path / "nowhere.json")
    (tmp_path / "other.json").write_text('{"commit": "x"}')
    with pytest.raises(MessageInvalidError, match=r"other\.json is not a Build"):
        read_build(tmp_path / "other.json")
