"""PyGithub's client for one repository: its timeouts, retries and pauses."""

from typing import TYPE_CHECKING

from labeler.experiment.registering.github_errors import unlike_github

if TYPE_CHECKING:
    from github.Repository import Repository

TRIES = 3
TIMEOUT_S = 20
PAUSE_S = 1.0
"""Between two writes, as GitHub asks for."""
BACKOFF_S = 0.5


def open_repository(
    repository: str, token: str, *, api_url: str, timeout_s: int, pause_s: float, backoff_s: float
) -> "Repository":
    """To be called within `github_errors`. Raises PermanentError when no GitHub answers at `api_url`."""
    import github
    from urllib3 import Retry

    retry = Retry(
        total=TRIES - 1,
        backoff_factor=backoff_s,
        status_forcelist=(500, 502, 503, 504),
        # a blob, tree or commit made twice is the same one; a reference or pull request made twice is reported
        allowed_methods=None,
        raise_on_status=False,
        respect_retry_after_header=False,
    )
    client = github.Github(
        auth=github.Auth.Token(token),
        base_url=api_url,
        timeout=timeout_s,
        user_agent="labeler",
        retry=retry,
        seconds_between_requests=0,
        seconds_between_writes=pause_s,
    )
    opened = client.get_repo(repository)
    if not opened.html_url:  # the name alone is known without an answer
        raise unlike_github(api_url)
    return opened
