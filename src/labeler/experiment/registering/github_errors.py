"""GitHub's answers as our errors: what to do about a token, a name, a limit or an outage."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from labeler.errors import (
    AccessDeniedError,
    InputInvalidError,
    LabelerError,
    ObjectMissingError,
    PermanentError,
    ServiceUnavailableError,
    ThrottledError,
)

if TYPE_CHECKING:
    import github

LOST_RACES = (
    "Reference already exists",
    "Reference does not exist",
    "Update is not a fast forward",
    "A pull request already exists for",
)


class LostRaceError(ServiceUnavailableError):
    """Somebody else did the same at the same moment: look again."""


@contextmanager
def github_errors(doing: str, *, repository: str, secret: str, api_url: str) -> Iterator[None]:
    """GitHub's and the connection's errors leave this block as ours. None of them holds the `secret`."""
    import github
    import requests

    try:
        yield
    except github.GithubException as error:
        raise _translated(error, doing, repository, secret) from error
    except (requests.RequestException, OSError) as error:
        raise ServiceUnavailableError(f"GitHub, {doing}: {type(error).__name__}") from error
    except (github.BadAttributeException, RuntimeError) as error:
        raise unlike_github(api_url) from error


def unlike_github(api_url: str) -> LabelerError:
    return PermanentError(
        f"{api_url} does not answer as GitHub's API does",
        hint="check LABELER_GITHUB_API_URL; GitHub Enterprise has it at https://HOST/api/v3",
    )


def _translated(error: "github.GithubException", doing: str, repository: str, secret: str) -> LabelerError:
    message = _message(error)
    text = f"GitHub, {doing}: {error.status} {message}".replace(secret, "***")
    headers = {name.lower(): str(value) for name, value in (error.headers or {}).items()}
    if _is_rate_limit(error.status, message, headers):
        return ThrottledError(f"{text}; {_when_to_try_again(headers)}")
    if error.status == 422:
        return LostRaceError(text) if any(lost in message for lost in LOST_RACES) else InputInvalidError(text)
    if error.status >= 500:
        return ServiceUnavailableError(text)
    kind, hint = {
        401: (AccessDeniedError, "the token is wrong or has expired: set LABELER_GITHUB_TOKEN, or the secret, anew"),
        403: (AccessDeniedError, f"give a token that may write contents and pull requests of {repository}"),
        404: (ObjectMissingError, f"check the names; a token without rights in {repository} gets this answer too"),
    }.get(error.status, (PermanentError, None))
    return kind(text, hint=hint)


def _message(error: "github.GithubException") -> str:
    """GitHub's message, and those of the single faults."""
    data: Any = error.data if isinstance(error.data, dict) else {}
    faults = [fault if isinstance(fault, dict) else {"message": str(fault)} for fault in data.get("errors") or ()]
    texts = [fault.get("message") or f"{fault.get('field')} {fault.get('code')}" for fault in faults]
    return ": ".join([str(data.get("message") or "no message"), *(["; ".join(texts)] if texts else [])])


def _is_rate_limit(status: int, message: str, headers: Mapping[str, str]) -> bool:
    if status == 429:
        return True
    is_out = "retry-after" in headers or headers.get("x-ratelimit-remaining") == "0"
    return status == 403 and (is_out or "rate limit" in message.lower())


def _when_to_try_again(headers: Mapping[str, str]) -> str:
    if headers.get("retry-after", "").isdecimal():
        return f"try again in {headers['retry-after']} s"
    if headers.get("x-ratelimit-reset", "").isdecimal():
        return f"try again after {datetime.fromtimestamp(int(headers['x-ratelimit-reset']), UTC):%H:%M:%S} UTC"
    return "try again in a minute"
