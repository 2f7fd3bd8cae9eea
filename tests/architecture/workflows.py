"""The workflows as data, and the order in which a stage gets a release."""

import re
from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from tests.architecture.source import ROOT

WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
SETUP = ROOT / ".github/actions/setup/action.yml"
MAKEFILES = (ROOT / "Makefile", ROOT / ".github/delivery/delivery.mk")

STAGE_STEPS = (
    "check-newer",  # before anything moves: an old job that is started again
    "push-images",  # the bytes first: a stack that names an image that is not there can't be deployed
    "image-findings",
    "diff",
    "check-runs",  # as late as can be: a run may open while images are copied
    "deploy",
    "promote",  # before the smoke run: new features need the champion that knows them
    "smoke",
    "deploy-dags",  # after it: Airflow calls what was proven to answer
    "confirm",  # last: a rollback may lead to a release of which everything worked
)
"""What deploy-stage.yml does to a stage, in this order, and `make deploy-local` those that a laptop has."""


@cache
def document(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = YAML(typ="safe").load(path)
    return content


def jobs(path: Path) -> dict[str, dict[str, Any]]:
    by_name: dict[str, dict[str, Any]] = document(path)["jobs"]
    return by_name


def steps(job: dict[str, Any]) -> list[dict[str, Any]]:
    return list(job.get("steps", []))


def commands(job: dict[str, Any]) -> list[str]:
    return [step["run"].strip() for step in steps(job) if "run" in step]


def make_targets() -> dict[str, str]:
    """Target -> its help text."""
    text = "\n".join(path.read_text(encoding="utf-8") for path in MAKEFILES)
    return dict(re.findall(r"^([a-z-]+):(?:[^#\n]*)##\s*(.+)$", text, re.MULTILINE))


def uses(path: Path) -> list[str]:
    """Each `uses` of a file as it is written, its comment included."""
    return re.findall(r"^\s*(?:- )?uses: (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)


def workflow(stem: str) -> Path:
    return ROOT / f".github/workflows/{stem}.yml"


def triggers(path: Path) -> dict[str, Any]:
    """YAML 1.2 reads `on` as a word."""
    events: dict[str, Any] = document(path)["on"]
    return events
