"""Writes to GitHub that are lost, refused or quoted: which error, and no token anywhere."""

import logging
import traceback

import pytest

from labeler.errors import InputInvalidError, LabelerError, RetryableError
from labeler.experiment.registering.github_errors import LostRaceError
from labeler.experiment.registering.github_objects import blob_sha
from tests.integration.experiment.github_stub import TOKEN, Fault, GitHubStub
from tests.integration.experiment.registering.proposing import github


def test_a_retried_branch_creation_that_succeeded_before_is_a_lost_race(stub: GitHubStub) -> None:
    """The repeated call finds the branch: its caller has to read it again."""
    stub.faults.append(Fault("POST", "git/refs", 502, times=1, takes_effect=True))

    with pytest.raises(LostRaceError) as lost:
        github(stub).set_head("other", stub.branches["main"], before=None)

    assert isinstance(lost.value, RetryableError)
    assert stub.branches["other"] == stub.branches["main"]


def test_a_too_long_body_is_refused_with_github_s_message(stub: GitHubStub) -> None:
    client = github(stub)
    stub.push("other", {"a": "b"}, "other")

    with pytest.raises(InputInvalidError, match=r"Validation Failed: body is too long \(maximum is 65536 characters\)"):
        client.open_pull(head="other", base="main", title="x", body="x" * 70_000)


def test_a_validation_error_without_a_message_names_its_field(stub: GitHubStub) -> None:
    with pytest.raises(InputInvalidError, match="Validation Failed: head invalid"):
        github(stub).open_pull(head="nowhere", base="main", title="x", body="x")


def test_blob_sha_equals_git_s() -> None:
    # `printf 'hello\n' | git hash-object --stdin`
    assert blob_sha(b"hello\n") == "ce013625030ba8dba906f756967f9e9ca394464a"


@pytest.mark.parametrize("status", [401, 403, 422, 500])
def test_the_token_is_in_no_message_traceback_or_log(
    stub: GitHubStub, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    """Except where the server's own message quotes it."""
    for logger in (None, "github"):  # PyGithub sets the level of its own
        caplog.set_level(logging.DEBUG, logger=logger)
    quoted = f"what is {TOKEN}?"
    stub.faults.append(Fault("POST", "git/blobs", status, quoted))
    client = github(stub)

    with pytest.raises(LabelerError) as caught:
        client.create_commit({"a": b"b"}, "message", parent=None)

    error = caught.value
    assert TOKEN not in str(error)
    assert TOKEN not in repr(client)
    assert TOKEN not in "".join(traceback.format_exception(error)).replace(quoted, "")
    logged = [record.getMessage() for record in caplog.records]
    assert any(record.name.startswith("github") for record in caplog.records)
    assert all(TOKEN not in message.replace(quoted, "") for message in logged)
