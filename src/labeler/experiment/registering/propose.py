"""One pull request with the gate's winner: a person reads the report, merges, and CD promotes.

Two branches for each experiment: `experiment/<id>` is the base branch with another champion in params.yaml, and
`experiment-report/<id>` holds the report's pictures, so that the base branch never carries them. Everything can be
repeated: what is there already stays, and what people did is left alone: commits on the branch, an edited text, a
closed pull request. Registered anew after its pull request ended, an experiment gets another branch, `experiment/<id>-...`.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal, Protocol

from labeler.errors import InputInvalidError, NothingPassedError, ObjectMissingError, PermanentError
from labeler.experiment.files import ExperimentFiles, read_record
from labeler.experiment.records import ExperimentPlan, Registration
from labeler.experiment.registering.github import GitHub, Pull, blob_sha
from labeler.experiment.registering.github_errors import LostRaceError
from labeler.experiment.registering.recipe import ChampionRecipe, names_version, with_recipe
from labeler.experiment.registering.register import headlines, read_judged
from labeler.experiment.scores import Record

BRANCH, REPORT_BRANCH = "experiment/", "experiment-report/"
REPORT = "report.md"
MAX_BODY = 65_536
"""Characters; GitHub refuses more."""
TRIES = 3
SUFFIX_CHARACTERS = 8


class Report(Protocol):
    """What report.py makes of an experiment."""

    @property
    def pictures(self) -> tuple[str, ...]:
        """Names of their files."""

    def render(self, links: Mapping[str, str]) -> str:
        """Markdown; `links` of pictures by their file names."""


class Proposal(Record):
    experiment_id: str
    state: Literal["opened", "updated", "unchanged", "merged"]
    """Merged: the base branch has it, by a pull request or otherwise."""
    url: str | None
    """Of the pull request."""
    note: str | None = None
    """What was left alone, and why."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the pull request shall say."""

    recipe: ChampionRecipe
    base: str
    path: str
    """Of params.yaml in the repository."""
    report: Report
    pictures: Mapping[str, bytes]
    suffix: str = ""
    """Of the branch."""

    @property
    def experiment_id(self) -> str:
        return self.recipe.experiment

    @property
    def branch(self) -> str:
        return BRANCH + self.recipe.experiment + self.suffix

    @property
    def again(self) -> "Wanted":
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


def propose(files: ExperimentFiles, github: GitHub, *, report: Report, base: str, path: str) -> Proposal:
    """Opens the winner's pull request to the branch `base`, or brings it up to date. `path`: of its params.yaml.

    Raises NothingPassedError, PermanentError (a person closed it), and what `github_errors` says.
    """
    recipe = winning_recipe(files)
    drawn = [picture for name in report.pictures if (picture := files.evaluation.parent / name).exists()]
    wanted = Wanted(recipe, base, path, report, {picture.name: picture.read_bytes() for picture in drawn})
    for _ in range(TRIES - 1):
        try:
            return _propose(wanted, github)
        except LostRaceError:
            continue
    return _propose(wanted, github)


def winning_recipe(files: ExperimentFiles) -> ChampionRecipe:
    """Raises NothingPassedError, InputInvalidError (steps that do not belong together)."""
    plan = read_record(ExperimentPlan, files.plan, step="plan")
    candidates, winner = read_judged(files, plan)
    if winner is None:
        raise NothingPassedError(
            f"no candidate of experiment {plan.experiment_id} passed the gate: there is nothing to propose",
            hint="see `labeler experiment gate` for what each one misses",
        )
    registration = read_record(Registration, files.registration, step="register")
    judged = next(candidate for candidate in candidates if candidate.name == winner)
    version = next((version for version in registration.versions if version.candidate == winner), None)
    if registration.experiment_id != plan.experiment_id or version is None or version.sha256 != judged.trained.sha256:
        raise InputInvalidError(
            f"{files.registration} is not of experiment {plan.experiment_id} as it was judged",
            hint="run `labeler experiment register` again",
        )
    return ChampionRecipe(
        experiment=plan.experiment_id,
        candidate=winner,
        family=judged.trained.spec.family,
        preparation=judged.trained.spec.preparation,
        parameters=judged.trained.spec.parameters,
        seed=judged.trained.spec.seed,
        model=registration.model_name,
        version=version.version,
        sha256=version.sha256,
        metrics=headlines(judged.evaluation),
    )


def _propose(wanted: Wanted, github: GitHub) -> Proposal:
    base = github.head(wanted.base)
    if base is None:
        raise ObjectMissingError(f"{github.repository} has no branch {wanted.base}", hint="name one with --base")
    present = github.text(wanted.path, base)
    text = with_recipe(present, wanted.recipe, source=f"{wanted.path} of {wanted.base}")
    is_named = names_version(present, wanted.recipe, source=f"{wanted.path} of {wanted.base}")
    wanted, pulls = _place(wanted, github, is_named=is_named)
    pull = next((pull for pull in pulls if pull.state == "open"), None)
    if pull is None and (is_named or pulls):
        return _ended(wanted, pulls, is_named=is_named)
    links = _pictures(wanted, github)
    is_changed, note = _branch(wanted, github, base, text)
    body = body_of(wanted.report.render(links), f"{github.url}/blob/{REPORT_BRANCH}{wanted.experiment_id}/{REPORT}")
    if pull is None:
        pull = github.open_pull(head=wanted.branch, base=wanted.base, title=wanted.title, body=body)
        return Proposal(experiment_id=wanted.experiment_id, state="opened", url=pull.url, note=note)
    if _mark(body) not in pull.body or (pull.title, pull.base) != (wanted.title, wanted.base):
        github.edit_pull(pull, title=wanted.title, body=body, base=wanted.base)
        is_changed = True
    state: Literal["updated", "unchanged"] = "updated" if is_changed else "unchanged"
    return Proposal(experiment_id=wanted.experiment_id, state=state, url=pull.url, note=note)


def _place(wanted: Wanted, github: GitHub, *, is_named: bool) -> tuple[Wanted, list[Pull]]:
    """(with the branch that it goes to, that branch's pull requests). One that ended with another version is history."""
    first = github.pulls(wanted.branch)
    if not first or any(pull.state == "open" for pull in first):
        return wanted, first
    if first[0].state == "closed" and not is_named and _proposes(first[0], wanted, github):
        return wanted, first[:1]
    again = github.pulls(wanted.again.branch)
    return (wanted, first) if is_named and not again else (wanted.again, again)


def _proposes(pull: Pull, wanted: Wanted, github: GitHub) -> bool:
    """Whether it is this very version that a person closed; when that can't be told, it is."""
    try:
        text = github.text(wanted.path, pull.head_sha)
    except ObjectMissingError:
        return True
    return names_version(text, wanted.recipe, source=f"{wanted.path} of {pull.url}")


def _ended(wanted: Wanted, pulls: list[Pull], *, is_named: bool) -> Proposal:
    merged = next((pull for pull in pulls if pull.state == "merged"), None)
    if merged is None and not is_named:
        raise PermanentError(
            f"a person closed the pull request of experiment {wanted.experiment_id}: {pulls[0].url}",
            hint="it is left closed; open it again there, or try something else: other parameters, other data",
        )
    note = None if is_named and merged else f"{wanted.base} names {'this' if is_named else 'another'} champion"
    return Proposal(experiment_id=wanted.experiment_id, state="merged", url=merged.url if merged else None, note=note)


def _pictures(wanted: Wanted, github: GitHub) -> dict[str, str]:
    """Links to the pictures at their commit: a text that names them shows the pictures that it was written with."""
    branch = REPORT_BRANCH + wanted.experiment_id
    files = {**wanted.pictures, REPORT: wanted.report.render({name: name for name in wanted.pictures}).encode()}
    head = github.head(branch)
    present = github.blobs(github.commit(head).tree) if head else {}
    if head is None or present != {name: blob_sha(body) for name, body in files.items()}:
        message = f"docs(experiment): report of {wanted.experiment_id}"
        before, head = head, github.make_commit(files, message, parent=head)
        github.set_head(branch, head, before=before)
    return {name: f"{github.url}/blob/{head}/{name}?raw=true" for name in wanted.pictures}


def _branch(wanted: Wanted, github: GitHub, base: str, text: str) -> tuple[bool, str | None]:
    """(whether it was written, what was left alone). It is made anew from the base when that has moved on."""
    head = github.head(wanted.branch)
    if head is not None:
        if github.text(wanted.path, head) == text:
            return False, None
        if github.commit(head).message != wanted.commit_message:
            return False, f"{wanted.branch} has commits of somebody else ({head[:12]}): it was left as it is"
    commit = github.make_commit({wanted.path: text.encode()}, wanted.commit_message, parent=base, on=base)
    github.set_head(wanted.branch, commit, before=head, is_forced=True)
    return True, None


def body_of(report: str, full: str) -> str:
    """The report as a pull request's text: cut between two paragraphs when it is too long, with a link to all of it."""
    mark = _mark_of(report)
    if len(report) + len(mark) + 2 <= MAX_BODY:
        return f"{report}\n\n{mark}"
    end = f"\n\n_The report is longer than GitHub allows here: [all of it]({full})._\n\n{mark}"
    closing = "\n```\n" + "</details>" * 20
    kept = report[: MAX_BODY - len(end) - len(closing)]
    kept = kept[: kept.rfind("\n\n")] if "\n\n" in kept else kept
    fence = "\n```" if kept.count("\n```") % 2 else ""
    details = "\n</details>" * min(20, kept.count("<details") - kept.count("</details"))
    return kept + fence + details + end


def _mark_of(report: str) -> str:
    return f"<!-- labeler report {hashlib.sha256(report.encode()).hexdigest()[:16]} -->"


def _mark(body: str) -> str:
    """Its last line: the text is written again when the report changes, not when a person added a line to it."""
    return body.rsplit("\n", 1)[-1]
