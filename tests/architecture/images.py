"""The images' Dockerfiles as text."""

import re
from pathlib import Path

from tests.architecture.source import ROOT

IMAGES = sorted(path.parent for path in ROOT.glob("containers/*/Dockerfile"))


def dockerfile(image: Path) -> str:
    return (image / "Dockerfile").read_text(encoding="utf-8")


def final_stage(image: Path) -> str:
    return dockerfile(image).rpartition("\nFROM ")[2]


def copied(image: Path) -> list[str]:
    """What its COPY lines take from the checkout."""
    lines = re.findall(r"^COPY (?:--chmod=\d+ )?(?!--)(.+) \S+$", dockerfile(image), re.MULTILINE)
    return [source for sources in lines for source in sources.split()]
