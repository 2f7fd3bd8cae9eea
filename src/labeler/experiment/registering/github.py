"""GitHub's REST API, as far as a proposal needs it: branches, commits, pull requests. Vendor errors become ours.

A 5xx and a broken connection are tried again a few times. A rate limit is not waited for: the error says when it
ends, and whoever runs the step tries again then.
"""

import base64
import hashlib
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from labeler.errors import InputInvalidError
from labeler.experiment.registering.github_errors import github_errors, unlike_github

if TYPE_CHECKING:
    from github.PullRequest import PullRequest
    from github.Repository import Repository

TRIES = 3
TIMEOUT_S = 20
PAUSE_S = 1.0
"""Between two writes, as GitHub asks for."""
BACKOFF_S = 0.5


@dataclass(frozen=True, slots=True)
class Commit:
    sha: str
    message: str
    tree: str


@dataclass(frozen=True, slots=True)
class Pull:
    number: int
    url: str
    state: Literal["open", "closed", "merged"]
    title: str
    body: str
    base: str
    head_sha: str
    """The newest commit that it proposes, there even when its branch is gone."""
    vendor: "PullRequest"


class GitHub:
    """One repository, with a token. `repository`: owner/name."""

    def __init__(
        self,
        repository: str,
        token: str,
        *,
        api_url: str,
        timeout_s: int = TIMEOUT_S,
        pause_s: float = PAUSE_S,
        backoff_s: float = BACKOFF_S,
    ) -> None:
        self.repository = repository
        self._token = token
        self._api_url = api_url
        self._timeout_s, self._pause_s, self._backoff_s = timeout_s, pause_s, backoff_s

    @cached_property
    def _repository(self) -> "Repository":
        import github
        from urllib3 import Retry

        retry = Retry(
            total=TRIES - 1,
            backoff_factor=self._backoff_s,
            status_forcelist=(500, 502, 503, 504),
            # a blob, tree or commit made twice is the same one; a reference or pull request made twice is told of
            allowed_methods=None,
            raise_on_status=False,
            respect_retry_after_header=False,
        )
        client = github.Github(
            auth=github.Auth.Token(self._token),
            base_url=self._api_url,
            timeout=self._timeout_s,
            user_agent="labeler",
            retry=retry,
            seconds_between_requests=0,
            seconds_between_writes=self._pause_s,
        )
        with self._doing(f"opening {self.repository}"):
            found = client.get_repo(self.repository)
            if not found.html_url:  # the name alone is known without an answer
                raise unlike_github(self._api_url)
            return found

    @property
    def url(self) -> str:
        """For people."""
        return self._repository.html_url

    # ---- what is there

    def head(self, branch: str) -> str | None:
        """The branch's commit; None when there is no such branch."""
        import github

        repository = self._repository
        with self._doing(f"reading the branch {branch}"):
            try:
                return repository.get_git_ref(f"heads/{branch}").object.sha
            except github.UnknownObjectException:
                return None

    def commit(self, sha: str) -> Commit:
        repository = self._repository
        with self._doing(f"reading commit {sha[:12]}"):
            found = repository.get_git_commit(sha)
            return Commit(found.sha, found.message, found.tree.sha)

    def blobs(self, tree: str) -> dict[str, str]:
        """Of a tree's root: names and blobs' SHA-1."""
        repository = self._repository
        with self._doing(f"reading tree {tree[:12]}"):
            return {entry.path: entry.sha for entry in repository.get_git_tree(tree).tree if entry.type == "blob"}

    def text(self, path: str, commit: str) -> str:
        """Raises ObjectMissingError, InputInvalidError (no text)."""
        repository = self._repository
        with self._doing(f"reading {path} of commit {commit[:12]}"):
            found = repository.get_contents(path, ref=commit)
            if isinstance(found, list):
                raise InputInvalidError(f"{path} of {self.repository} is a folder")
            try:
                return found.decoded_content.decode()
            except (AssertionError, UnicodeDecodeError) as error:
                raise InputInvalidError(f"{path} of {self.repository} is no UTF-8 text below 1 MB") from error

    def pulls(self, branch: str) -> list[Pull]:
        """All from this branch of this repository, newest first, whatever became of them."""
        repository = self._repository
        with self._doing(f"looking for pull requests of {branch}"):
            label = f"{repository.owner.login}:{branch}"
            found = repository.get_pulls(state="all", head=label)
            # GitHub answers with every pull request when it does not understand the filter
            ours = [pull for pull in found if pull.head.label == label]
            return sorted(map(_pull, ours), key=lambda pull: pull.number, reverse=True)

    # ---- what is made

    def make_commit(
        self, files: Mapping[str, bytes], message: str, *, parent: str | None, on: str | None = None
    ) -> str:
        """The commit's SHA-1. `on`: the commit whose other files stay; without it there are no others."""
        import github

        repository = self._repository
        with self._doing(f"committing {', '.join(sorted(files))}"):
            entries = []
            for name, body in sorted(files.items()):
                blob = repository.create_git_blob(base64.b64encode(body).decode(), "base64")
                entries.append(github.InputGitTreeElement(name, "100644", "blob", sha=blob.sha))
            base = () if on is None else (repository.get_git_commit(on).tree,)
            tree = repository.create_git_tree(entries, *base)
            parents = [] if parent is None else [repository.get_git_commit(parent)]
            return repository.create_git_commit(message, tree, parents).sha

    def set_head(self, branch: str, commit: str, *, before: str | None, is_forced: bool = False) -> None:
        """`before`: the branch's commit until now, None to make it. Raises LostRaceError."""
        repository = self._repository
        with self._doing(f"writing the branch {branch}"):
            if before is None:
                repository.create_git_ref(f"refs/heads/{branch}", commit)
            else:
                repository.get_git_ref(f"heads/{branch}").edit(commit, force=is_forced)

    def open_pull(self, *, head: str, base: str, title: str, body: str) -> Pull:
        """Raises LostRaceError when there is one."""
        repository = self._repository
        with self._doing(f"opening a pull request from {head} to {base}"):
            return _pull(repository.create_pull(base=base, head=head, title=title, body=body))

    def edit_pull(self, pull: Pull, *, title: str, body: str, base: str) -> None:
        with self._doing(f"updating pull request {pull.number}"):
            pull.vendor.edit(title=title, body=body, base=base)

    def _doing(self, doing: str) -> AbstractContextManager[None]:
        return github_errors(doing, repository=self.repository, secret=self._token, api_url=self._api_url)


def blob_sha(body: bytes) -> str:
    """What git calls these bytes."""
    return hashlib.sha1(b"blob %d\0" % len(body) + body, usedforsecurity=False).hexdigest()


def _pull(found: "PullRequest") -> Pull:
    state: Literal["open", "closed", "merged"] = "merged" if found.merged_at else "closed"
    return Pull(
        number=found.number,
        url=found.html_url,
        state="open" if found.state == "open" else state,
        title=found.title,
        body=found.body or "",
        base=found.base.ref,
        head_sha=found.head.sha,
        vendor=found,
    )
