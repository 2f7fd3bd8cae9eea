"""Proposals of a finished experiment to the GitHub on loopback."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from labeler.experiment.files import ExperimentFiles, read_record, write_record
from labeler.experiment.registering.github import GitHub
from labeler.experiment.registering.propose import Proposal, propose
from labeler.experiment.registration import Registration
from tests.architecture.source import ROOT
from tests.integration.experiment.finished import EXPERIMENT
from tests.integration.experiment.github_api import REPOSITORY
from tests.integration.experiment.github_stub import TOKEN, GitHubStub

PARAMS = (ROOT / "params.yaml").read_text(encoding="utf-8")
BRANCH, REPORT_BRANCH = f"experiment/{EXPERIMENT}", f"experiment-report/{EXPERIMENT}"


@dataclass(frozen=True)
class ShortReport:
    """In the place of the real one: plots, and a text that a test can change."""

    text: str = ""
    plots: tuple[str, ...] = ("confusion.png", "coverage.png", "not_drawn.png")

    def render(self, links: Mapping[str, str]) -> str:
        images = [f"![{name}]({link})" for name, link in sorted(links.items())]
        return "\n\n".join(["# Report", *images]) + self.text


def github(stub: GitHubStub, **options: Any) -> GitHub:
    return GitHub(REPOSITORY, TOKEN, api_url=stub.url, **{"pause_s": 0, "backoff_s": 0, **options})


def proposed(files: ExperimentFiles, stub: GitHubStub, *, text: str = "", base: str = "main") -> Proposal:
    return propose(files, github(stub), report=ShortReport(text), base=base, path="params.yaml")


def registered_anew(files: ExperimentFiles, version: str) -> None:
    """The same bytes, as another version."""
    registration = read_record(Registration, files.registration, step="register")
    versions = tuple(
        one.model_copy(update={"version": version}) if one.candidate == "trees_2" else one
        for one in registration.versions
    )
    write_record(files.registration, registration.model_copy(update={"versions": versions, "challenger": version}))
