"""A version's way into pyproject.toml, cdk.json and the changelog: `version.py prepare|notes VERSION`."""

import re
import sys
from datetime import UTC, date, datetime
from pathlib import Path

VERSION = re.compile(r"\d+\.\d+\.\d+")
UNRELEASED = "## [Unreleased]"
# what names the version, and how
NAMED = {
    Path("pyproject.toml"): re.compile(r'(?m)^(version = )"[^"]+"'),
    Path("cdk.json"): re.compile(r'("release": )"[^"]+"'),
}
CHANGELOG = Path("CHANGELOG.md")


class VersionRefusedError(Exception):
    """The version can't be prepared or released; says why."""


def with_version(changelog: str, version: str, day: date) -> str:
    """What was unreleased becomes the version's section. Raises VersionRefusedError."""
    if f"## [{version}]" in changelog:
        raise VersionRefusedError(f"the changelog has a section {version} already")
    if not section(changelog, "Unreleased"):
        raise VersionRefusedError("the changelog says nothing under [Unreleased]: there is nothing to release")
    return changelog.replace(UNRELEASED, f"{UNRELEASED}\n\n## [{version}] - {day.isoformat()}", 1)


def section(changelog: str, version: str) -> str:
    """What the changelog says of a version, without its heading; empty when it says nothing."""
    match = re.search(rf"^## \[{re.escape(version)}\][^\n]*\n(.*?)(?=^## \[|\Z)", changelog, re.MULTILINE | re.DOTALL)
    return match[1].strip() if match else ""


def prepare(root: Path, version: str, day: date) -> None:
    """Nothing is written unless everything can be."""
    if not VERSION.fullmatch(version):
        raise VersionRefusedError(f"{version} is no version: three numbers with points")
    written = {root / CHANGELOG: with_version((root / CHANGELOG).read_text(encoding="utf-8"), version, day)}
    for path, named in NAMED.items():
        text, count = named.subn(rf'\g<1>"{version}"', (root / path).read_text(encoding="utf-8"))
        if count != 1:
            raise VersionRefusedError(f"{path} names {count} versions, not one")
        written[root / path] = text
    for path, text in written.items():
        path.write_text(text, encoding="utf-8")


def notes(root: Path, version: str) -> str:
    """The notes of a version that pyproject.toml, cdk.json and the changelog all name. Raises VersionRefusedError."""
    for path, named in NAMED.items():
        match = named.search((root / path).read_text(encoding="utf-8"))
        if match is None or not match[0].endswith(f'"{version}"'):
            raise VersionRefusedError(f"{path} does not name version {version}: make prepare-release VERSION={version}")
    text = section((root / CHANGELOG).read_text(encoding="utf-8"), version)
    if not text:
        raise VersionRefusedError(f"the changelog has no section {version}: make prepare-release VERSION={version}")
    return text


def main() -> int:
    verb, version = sys.argv[1:]
    root = Path.cwd()
    try:
        if verb == "prepare":
            prepare(root, version, datetime.now(UTC).date())
        else:
            sys.stdout.write(notes(root, version) + "\n")
    except VersionRefusedError as refused:
        sys.stderr.write(f"error: {refused}\n")
        return 65
    return 0


if __name__ == "__main__":
    sys.exit(main())
