"""One pull request with the gate's winner: a person reads the report, merges, and CD promotes.

Two branches for each experiment: `experiment/<id>` is the base branch with another champion in params.yaml, and
`experiment-report/<id>` holds the report's plots, so that the base branch never carries them. Everything can be
repeated: what is there already stays, and what people did is left alone: commits on the branch, an edited text, a
closed pull request. Registered anew after its pull request ended, an experiment gets another branch, `experiment/<id>-...`.
"""

from typing import Literal

from labeler.errors import ObjectMissingError, PermanentError
from labeler.experiment.files import ExperimentFiles
from labeler.experiment.registering.draft import PullRequestDraft, Report
from labeler.experiment.registering.github import GitHub
from labeler.experiment.registering.github_errors import LostRaceError
from labeler.experiment.registering.github_objects import Pull, blob_sha
from labeler.experiment.registering.pull_request_body import marker_in, pull_request_body
from labeler.experiment.registering.recipe import names_version, with_recipe
from labeler.experiment.registering.winner import winning_recipe
from labeler.experiment.scores import Record

REPORT = "report.md"
TRIES = 3


class Proposal(Record):
    experiment_id: str
    state: Literal["opened", "updated", "unchanged", "merged"]
    """Merged: the base branch has it, by a pull request or otherwise."""
    url: str | None
    """Of the pull request."""
    note: str | None = None
    """What was left alone, and why."""


def propose(files: ExperimentFiles, github: GitHub, *, report: Report, base: str, path: str) -> Proposal:
    """Opens the winner's pull request to the branch `base`, or brings it up to date. `path`: of its params.yaml.

    Raises NothingPassedError, PermanentError (a person closed it), and what `github_errors` says.
    """
    recipe = winning_recipe(files)
    plots = [plot for name in report.plots if (plot := files.evaluation.parent / name).exists()]
    draft = PullRequestDraft(recipe, base, path, report, {plot.name: plot.read_bytes() for plot in plots})
    for _ in range(TRIES - 1):
        try:
            return _propose(draft, github)
        except LostRaceError:
            continue
    return _propose(draft, github)


def _propose(draft: PullRequestDraft, github: GitHub) -> Proposal:
    base = github.head(draft.base)
    if base is None:
        raise ObjectMissingError(f"{github.repository} has no branch {draft.base}", hint="name one with --base")
    present = github.text(draft.path, base)
    text = with_recipe(present, draft.recipe, source=f"{draft.path} of {draft.base}")
    is_named = names_version(present, draft.recipe, source=f"{draft.path} of {draft.base}")
    draft, pulls = _on_free_branch(draft, github, is_named=is_named)
    pull = next((pull for pull in pulls if pull.state == "open"), None)
    if pull is None and (is_named or pulls):
        return _ended(draft, pulls, is_named=is_named)
    links = _write_report(draft, github)
    is_changed, note = _write_branch(draft, github, base, text)
    body = pull_request_body(draft.report.render(links), f"{github.url}/blob/{draft.report_branch}/{REPORT}")
    if pull is None:
        pull = github.open_pull(head=draft.branch, base=draft.base, title=draft.title, body=body)
        return Proposal(experiment_id=draft.experiment_id, state="opened", url=pull.url, note=note)
    if marker_in(body) not in pull.body or (pull.title, pull.base) != (draft.title, draft.base):
        github.edit_pull(pull, title=draft.title, body=body, base=draft.base)
        is_changed = True
    state: Literal["updated", "unchanged"] = "updated" if is_changed else "unchanged"
    return Proposal(experiment_id=draft.experiment_id, state=state, url=pull.url, note=note)


def _on_free_branch(draft: PullRequestDraft, github: GitHub, *, is_named: bool) -> tuple[PullRequestDraft, list[Pull]]:
    """(with the branch that it goes to, that branch's pull requests). One that ended with another version is history."""
    pulls = github.pulls(draft.branch)
    if not pulls or any(pull.state == "open" for pull in pulls):
        return draft, pulls
    if pulls[0].state == "closed" and not is_named and _is_of_this_version(pulls[0], draft, github):
        return draft, pulls[:1]
    other = draft.on_a_branch_of_its_version
    other_pulls = github.pulls(other.branch)
    return (draft, pulls) if is_named and not other_pulls else (other, other_pulls)


def _is_of_this_version(pull: Pull, draft: PullRequestDraft, github: GitHub) -> bool:
    """Whether it is this very version that a person closed; when that can't be told, it is."""
    try:
        text = github.text(draft.path, pull.head_sha)
    except ObjectMissingError:
        return True
    return names_version(text, draft.recipe, source=f"{draft.path} of {pull.url}")


def _ended(draft: PullRequestDraft, pulls: list[Pull], *, is_named: bool) -> Proposal:
    merged = next((pull for pull in pulls if pull.state == "merged"), None)
    if merged is None and not is_named:
        raise PermanentError(
            f"a person closed the pull request of experiment {draft.experiment_id}: {pulls[0].url}",
            hint="it is left closed; open it again there, or try something else: other parameters, other data",
        )
    note = None if is_named and merged else f"{draft.base} names {'this' if is_named else 'another'} champion"
    return Proposal(experiment_id=draft.experiment_id, state="merged", url=merged.url if merged else None, note=note)


def _write_report(draft: PullRequestDraft, github: GitHub) -> dict[str, str]:
    """Links to the plots at their commit: a text that names them shows the plots that it was written with."""
    files = {**draft.plots, REPORT: draft.report.render({name: name for name in draft.plots}).encode()}
    head = github.head(draft.report_branch)
    present = github.blobs(github.commit(head).tree) if head else {}
    if head is None or present != {name: blob_sha(body) for name, body in files.items()}:
        message = f"docs(experiment): report of {draft.experiment_id}"
        before, head = head, github.create_commit(files, message, parent=head)
        github.set_head(draft.report_branch, head, before=before)
    return {name: f"{github.url}/blob/{head}/{name}?raw=true" for name in draft.plots}


def _write_branch(draft: PullRequestDraft, github: GitHub, base: str, text: str) -> tuple[bool, str | None]:
    """(whether it was written, what was left alone). It is made anew from the base when that has moved on."""
    head = github.head(draft.branch)
    if head is not None:
        if github.text(draft.path, head) == text:
            return False, None
        if github.commit(head).message != draft.commit_message:
            return False, f"{draft.branch} has commits of somebody else ({head[:12]}): it was left as it is"
    commit = github.create_commit({draft.path: text.encode()}, draft.commit_message, parent=base, base=base)
    github.set_head(draft.branch, commit, before=head, is_forced=True)
    return True, None
