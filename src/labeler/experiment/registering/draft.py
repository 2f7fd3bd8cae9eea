"""What the pull request of a winner shall contain: its branch, title, commit message and report (pure)."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from labeler.experiment.registering.recipe import ChampionRecipe

BRANCH, REPORT_BRANCH = "experiment/", "experiment-report/"
SUFFIX_CHARACTERS = 8


class Report(Protocol):
    """What report.py makes of an experiment."""

    @property
    def plots(self) -> tuple[str, ...]:
        """Names of their files."""

    def render(self, links: Mapping[str, str]) -> str:
        """Markdown; `links` of plots by their file names."""


@dataclass(frozen=True, slots=True)
class PullRequestDraft:
    recipe: ChampionRecipe
    base: str
    path: str
    """Of params.yaml in the repository."""
    report: Report
    plots: Mapping[str, bytes]
    suffix: str = ""
    """Of the branch."""

    @property
    def experiment_id(self) -> str:
        return self.recipe.experiment

    @property
    def branch(self) -> str:
        return BRANCH + self.recipe.experiment + self.suffix

    @property
    def report_branch(self) -> str:
        return REPORT_BRANCH + self.recipe.experiment

    @property
    def on_a_branch_of_its_version(self) -> "PullRequestDraft":
        """On a branch that no other version of the same experiment takes."""
        version = f"{self.recipe.model} {self.recipe.version} {self.recipe.sha256}"
        return replace(self, suffix=f"-{hashlib.sha256(version.encode()).hexdigest()[:SUFFIX_CHARACTERS]}")

    @property
    def title(self) -> str:
        metrics = self.recipe.metrics
        return (
            f"Champion {self.recipe.candidate} of experiment {self.recipe.experiment}: "
            f"accuracy {metrics['later_accuracy']:.3f}, macro-F1 {metrics['later_macro_f1']:.3f}"
        )

    @property
    def commit_message(self) -> str:
        """How a commit of ours is told from one of a person."""
        return (
            f"feat(champion): {self.recipe.candidate} of experiment {self.recipe.experiment}\n\n"
            f"Version {self.recipe.version} of {self.recipe.model}. Made by `labeler experiment propose`."
        )
