"""A version's way into what names it, and its notes."""

import importlib.util
from datetime import date
from pathlib import Path

import pytest

from tests.architecture.source import ROOT

SPEC = importlib.util.spec_from_file_location("version", ROOT / ".github/delivery/version.py")
assert SPEC is not None
assert SPEC.loader is not None
script = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(script)

DAY = date(2026, 3, 1)
LOG = "# Changelog\n\n## [Unreleased]\n\n### Added\n\n- **A thing.**\n\n## [0.1.0] - 2026-01-01\n\n- The first one.\n"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    for file in ("pyproject.toml", "cdk.json"):
        (tmp_path / file).write_bytes((ROOT / file).read_bytes())
    (tmp_path / "CHANGELOG.md").write_text(LOG)
    return tmp_path


def test_prepare_writes_the_version_everywhere_and_moves_the_changelog_entries(checkout: Path) -> None:
    script.prepare(checkout, "0.2.0", DAY)
    assert 'version = "0.2.0"' in (checkout / "pyproject.toml").read_text()
    assert '"release": "0.2.0"' in (checkout / "cdk.json").read_text()
    assert script.notes(checkout, "0.2.0") == "### Added\n\n- **A thing.**"
    log = (checkout / "CHANGELOG.md").read_text()
    assert "## [Unreleased]\n\n## [0.2.0] - 2026-03-01\n\n### Added" in log
    assert script.section(log, "Unreleased") == ""
    assert script.section(log, "0.1.0") == "- The first one."


@pytest.mark.parametrize(
    ("version", "why"), [("0.1.0", "a section 0.1.0 already"), ("v0.2.0", "is no version"), ("0.2", "is no version")]
)
def test_prepare_refuses_an_existing_or_malformed_version_and_writes_nothing(
    checkout: Path, version: str, why: str
) -> None:
    before = {path.name: path.read_bytes() for path in checkout.iterdir()}
    with pytest.raises(script.VersionRefusedError, match=why):
        script.prepare(checkout, version, DAY)
    assert {path.name: path.read_bytes() for path in checkout.iterdir()} == before


def test_prepare_refuses_a_version_without_changelog_entries(checkout: Path) -> None:
    script.prepare(checkout, "0.2.0", DAY)
    with pytest.raises(script.VersionRefusedError, match="nothing to release"):
        script.prepare(checkout, "0.3.0", DAY)


def test_notes_refuse_a_version_that_pyproject_does_not_name(checkout: Path) -> None:
    with pytest.raises(script.VersionRefusedError, match=r"pyproject\.toml does not name version 0\.9\.0"):
        script.notes(checkout, "0.9.0")


def test_prepare_of_the_real_changelog_writes_notes_for_the_version(checkout: Path) -> None:
    (checkout / "CHANGELOG.md").write_bytes((ROOT / "CHANGELOG.md").read_bytes())
    script.prepare(checkout, "99.0.0", DAY)
    assert script.notes(checkout, "99.0.0")
