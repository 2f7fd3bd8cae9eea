"""`labeler experiment register` and `propose`: from evaluated candidates to versions, and to a pull request."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from labeler.aws import Aws
from labeler.cli.console import AsJson, err, out, print_json, print_table
from labeler.cli.experiment.options import DIRECTORY, Directory
from labeler.settings import ExperimentSettings, ProposalSettings, load_local_stack
from labeler.storage import Bucket

if TYPE_CHECKING:
    from labeler.experiment.registering.drift_references import LeftReferences
    from labeler.experiment.registering.propose import Proposal
    from labeler.experiment.registration import Registration


def register(*, directory: Directory = DIRECTORY, as_json: AsJson = False) -> None:
    """Register every candidate's model in MLflow; the gate's winner becomes the challenger."""
    from labeler.experiment.files import ExperimentFiles
    from labeler.experiment.registering.drift_references import leave_drift_references
    from labeler.experiment.registering.register import register as registered

    load_local_stack()
    settings, files = ExperimentSettings.from_environment(), ExperimentFiles(directory)
    with err.status("registering") as status:
        registration = registered(
            files,
            registry_uri=settings.registry_uri,
            model_name=settings.model_name,
            at=datetime.now(UTC),
            progress=lambda name: None if as_json else status.update(f"registering: {name}"),
        )
        bucket = Bucket(Aws(), settings.monitoring_bucket) if settings.monitoring_bucket is not None else None
        references = leave_drift_references(files, bucket) if bucket else None
    if as_json:
        print_json(registration)
        return
    show_registration(registration)
    if bucket and references:
        show_references(references, bucket.name)


def propose(
    *,
    directory: Directory = DIRECTORY,
    repository: Annotated[str | None, typer.Option(help="owner/name; LABELER_GITHUB_REPOSITORY when left out.")] = None,
    base: Annotated[str, typer.Option(help="The branch that the pull request is for.")] = "main",
    path: Annotated[str, typer.Option("--params", help="params.yaml, as the repository names it.")] = "params.yaml",
    api_url: Annotated[
        str | None, typer.Option(help="GitHub Enterprise: https://HOST/api/v3; LABELER_GITHUB_API_URL when left out.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Open the winner's pull request, or bring it up to date. Exit 3 when nothing passed the gate."""
    from labeler.experiment.evaluation.report import Report
    from labeler.experiment.files import ExperimentFiles
    from labeler.experiment.registering.proposal_repository import proposal_repository
    from labeler.experiment.registering.propose import propose as proposed
    from labeler.experiment.registering.winner import winning_recipe

    files = ExperimentFiles(directory)
    winning_recipe(files)  # when nothing passed, no token is needed to say so
    load_local_stack()
    github = proposal_repository(ProposalSettings.from_environment(), Aws(), repository=repository, api_url=api_url)
    with err.status("talking to GitHub"):
        proposal = proposed(files, github, report=Report.of(files), base=base, path=path)
    print_json(proposal) if as_json else show_proposal(proposal)


def show_registration(registration: "Registration") -> None:
    rows = [
        (int(version.version), version.candidate, version.sha256[:12], "challenger" if is_challenger else "")
        for version in registration.versions
        for is_challenger in [version.version == registration.challenger]
    ]
    print_table(
        f"{registration.model_name}, experiment {registration.experiment_id}",
        ("version", "candidate", "sha256", "is"),
        rows,
    )
    if registration.challenger is None:
        out.print("nothing passed the gate: the challenger stays who it was")
    else:
        out.print(f"promote it: labeler model promote {registration.challenger}")


def show_references(references: "LeftReferences", bucket: str) -> None:
    from labeler.experiment.registering.drift_references import LEAST_ACCOUNTS

    if references.written is None:
        text = (
            f"the rows held out are of {references.accounts:,} accounts, a drift reference takes {LEAST_ACCOUNTS:,}: "
            "the first run of a version will be its reference"
        )
    else:
        text = f"drift references of {references.written} versions are left in {bucket}"
    out.print(text, soft_wrap=True)


def show_proposal(proposal: "Proposal") -> None:
    action = {
        "opened": "opened: a person decides now",
        "updated": "brought up to date",
        "unchanged": "is as it should be, nothing was written",
        "merged": "was merged before, nothing was written",
    }[proposal.state]
    out.print(f"pull request {action}" + (f": {proposal.url}" if proposal.url else ""), soft_wrap=True)
    if proposal.note:
        out.print(proposal.note, soft_wrap=True)
