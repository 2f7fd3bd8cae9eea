"""The repository on GitHub that a proposal goes to: from options, else from the settings."""

from labeler.aws import Aws
from labeler.errors import SettingsError
from labeler.experiment.registering.github import GitHub
from labeler.experiment.registering.github_token import github_token
from labeler.settings import ProposalSettings


def proposal_repository(
    settings: ProposalSettings, aws: Aws, *, repository: str | None = None, api_url: str | None = None
) -> GitHub:
    """Raises SettingsError, AccessDeniedError and ObjectMissingError (the token's secret)."""
    options = {"github_repository": repository, "github_api_url": api_url}
    settings = settings.model_copy(update={name: value for name, value in options.items() if value})
    if not settings.github_repository or settings.github_repository.count("/") != 1:
        raise SettingsError(
            "no repository of GitHub's is named",
            hint="give --repository owner/name, or set LABELER_GITHUB_REPOSITORY",
        )
    return GitHub(settings.github_repository, github_token(settings, aws), api_url=settings.github_api_url)
