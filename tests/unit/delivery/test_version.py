"""A version's way into what names it, and its notes."""

from datetime import date
from pathlib import Path

import pytest

from delivery.version import VersionRefusedError, notes, prepare, section
from tests.architecture.source import ROOT

DAY = date(2026, 3, 1)
LOG = "# Changelog\n\n## [Unreleased]\n\n### Added\n\n- **A thing.**\n\n## [0.1.0] - 2026-01-01\n\n- The first one.\n"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    for file in ("pyproject.toml", "cdk.json"):
        (tmp_path / file).write_bytes((ROOT / file).read_bytes())
    (tmp_path / "CHANGELOG.md").write_text(LOG)
    return tmp_path


def test_a_version_is_named_everywhere_and_says_what_is_new(checkout: Path) -> None:
    prepare(checkout, "0.2.0", DAY)
    assert 'version = "0.2.0"' in (checkout / "pyproject.toml").read_text()
    assert '"release": "0.2.0"' in (checkout / "cdk.json").read_text()
    assert notes(checkout, "0.2.0") == "### Added\n\n- **A thing.**"
    log = (checkout / "CHANGELOG.md").read_text()
    assert "## [Unreleased]\n\n## [0.2.0] - 2026-03-01\n\n### Added" in log
    assert section(log, "Unreleased") == ""
    assert section(log, "0.1.0") == "- The first one."


@pytest.mark.parametrize(
    ("version", "why"), [("0.1.0", "a section 0.1.0 already"), ("v0.2.0", "is no version"), ("0.2", "is no version")]
)
def test_a_version_that_can_t_be_is_refused_and_nothing_is_written(checkout: Path, version: str, why: str) -> None:
    before = {path.name: path.read_bytes() for path in checkout.iterdir()}
    with pytest.raises(VersionRefusedError, match=why):
        prepare(checkout, version, DAY)
    assert {path.name: path.read_bytes() for path in checkout.iterdir()} == before


def test_a_version_without_news_is_no_release(checkout: Path) -> None:
    prepare(checkout, "0.2.0", DAY)
    with pytest.raises(VersionRefusedError, match="nothing to release"):
        prepare(checkout, "0.3.0", DAY)


def test_a_tag_that_the_files_do_not_name_gets_no_notes(checkout: Path) -> None:
    with pytest.raises(VersionRefusedError, match=r"pyproject\.toml does not name version 0\.9\.0"):
        notes(checkout, "0.9.0")


def test_the_project_s_own_files_can_be_prepared(checkout: Path) -> None:
    (checkout / "CHANGELOG.md").write_bytes((ROOT / "CHANGELOG.md").read_bytes())
    prepare(checkout, "99.0.0", DAY)
    assert notes(checkout, "99.0.0")
