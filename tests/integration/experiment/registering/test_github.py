"""What GitHub refuses, delays or drops, and what becomes of it: which error, how often tried."""

import time
from collections.abc import Iterator
from typing import Any

import pytest

from labeler.errors import (
    AccessDeniedError,
    InputInvalidError,
    LabelerError,
    ObjectMissingError,
    PermanentError,
    ServiceUnavailableError,
    ThrottledError,
)
from labeler.experiment.registering.github import GitHub
from tests.integration.experiment.github_api import REPOSITORY
from tests.integration.experiment.github_stub import TOKEN, Fault, GitHubStub, github_stub


@pytest.fixture
def stub() -> Iterator[GitHubStub]:
    with github_stub({"params.yaml": "champion: {}\n"}) as opened:
        yield opened


def github(stub: GitHubStub, token: str = TOKEN, repository: str = REPOSITORY, **options: Any) -> GitHub:
    return GitHub(repository, token, api_url=stub.url, **{"pause_s": 0, "backoff_s": 0, **options})


def refused(stub: GitHubStub, fault: Fault, **options: Any) -> LabelerError:
    """Of reading a branch."""
    stub.faults.append(fault)
    with pytest.raises(LabelerError) as caught:
        github(stub, **options).head("main")
    return caught.value


def reads(stub: GitHubStub) -> int:
    return sum(path.endswith("/git/ref/heads/main") for _, path in stub.requests)


@pytest.mark.parametrize(
    ("fault", "kind", "message"),
    [
        (Fault("GET", "git/ref", 401, "Bad credentials"), AccessDeniedError, "set LABELER_GITHUB_TOKEN"),
        (
            Fault("GET", "git/ref", 403, "Resource not accessible by personal access token"),
            AccessDeniedError,
            f"may write contents and pull requests of {REPOSITORY}",
        ),
        (Fault("GET", "git/ref", 404, "Repository moved"), ObjectMissingError, "a token without rights"),
        (Fault("GET", "git/ref", 409, "Git Repository is empty."), PermanentError, "409 Git Repository is empty."),
        (Fault("GET", "git/ref", 422, "Validation Failed"), InputInvalidError, "422 Validation Failed"),
        (Fault("GET", "git/ref", 451, "Repository access blocked"), PermanentError, "451 Repository access blocked"),
        (Fault("GET", "git/ref", 500, "Server Error"), ServiceUnavailableError, "500 Server Error"),
        (Fault("GET", "git/ref", 503, body=b"<html>Unicorn!</html>"), ServiceUnavailableError, "503"),
    ],
    ids=lambda value: str(value.status) if isinstance(value, Fault) else "",
)
def test_an_error_response_becomes_an_error_with_a_hint(
    stub: GitHubStub, fault: Fault, kind: type[LabelerError], message: str
) -> None:
    error = refused(stub, fault)

    assert type(error) is kind
    assert message in str(error)
    assert "reading the branch main" in str(error)


def test_an_unknown_token_is_denied(stub: GitHubStub) -> None:
    with pytest.raises(AccessDeniedError, match=f"opening {REPOSITORY}: 401 Bad credentials"):
        github(stub, token="ghp_expired").head("main")  # noqa: S106


RESET = "1772366400"  # 12:00:00 UTC


@pytest.mark.parametrize(
    ("status", "message", "headers", "when"),
    [
        (403, "You have exceeded a secondary rate limit.", {"Retry-After": "60"}, "try again in 60 s"),
        (403, "Slow down", {"Retry-After": "3600"}, "try again in 3600 s"),
        (
            403,
            "API rate limit exceeded for user ID 1.",
            {"X-RateLimit-Remaining": "0", "X-RateLimit-Limit": "5000", "X-RateLimit-Reset": RESET},
            "try again after 12:00:00 UTC",
        ),
        (429, "Too many requests", {"Retry-After": "30"}, "try again in 30 s"),
        (429, "Too many requests", {}, "try again in a minute"),
    ],
)
def test_a_rate_limit_is_reported_with_its_end_without_waiting(
    stub: GitHubStub, status: int, message: str, headers: dict[str, str], when: str
) -> None:
    began = time.monotonic()

    error = refused(stub, Fault("GET", "git/ref", status, message, headers=headers))

    assert isinstance(error, ThrottledError)
    assert when in str(error)
    assert time.monotonic() - began < 20
    assert reads(stub) == 1


def test_a_short_outage_is_retried_successfully(stub: GitHubStub) -> None:
    stub.faults.append(Fault("GET", "git/ref", 502, times=2))

    assert github(stub).head("main") == stub.branches["main"]
    assert reads(stub) == 3


def test_a_lasting_outage_fails_after_three_tries(stub: GitHubStub) -> None:
    error = refused(stub, Fault("GET", "git/ref", 502, "Bad Gateway"))

    assert isinstance(error, ServiceUnavailableError)
    assert error.exit_code == 75
    assert reads(stub) == 3


def test_a_slow_response_times_out_as_a_retryable_error(stub: GitHubStub) -> None:
    error = refused(stub, Fault("GET", "git/ref", delay_s=2.5), timeout_s=1)

    assert isinstance(error, ServiceUnavailableError)
    assert "reading the branch main" in str(error)


def test_an_unreachable_server_is_a_retryable_error() -> None:
    with pytest.raises(ServiceUnavailableError, match=f"opening {REPOSITORY}: ConnectionError"):
        GitHub(REPOSITORY, TOKEN, api_url="http://127.0.0.1:9", backoff_s=0).head("main")


@pytest.mark.parametrize("answer", [b"<html>Sign in</html>", b"{}", b"[]", b'{"html_url": 3}'])
def test_an_address_that_does_not_answer_like_github_s_api_is_refused(stub: GitHubStub, answer: bytes) -> None:
    stub.faults.append(Fault("GET", REPOSITORY, 200, body=answer))

    with pytest.raises(PermanentError, match="does not answer as GitHub's API does"):
        github(stub).head("main")


def test_a_missing_repository_is_named(stub: GitHubStub) -> None:
    with pytest.raises(ObjectMissingError, match="opening acme/other: 404 Not Found"):
        github(stub, repository="acme/other").head("main")


def test_the_head_of_a_missing_branch_is_none(stub: GitHubStub) -> None:
    assert github(stub).head("experiment/none") is None
