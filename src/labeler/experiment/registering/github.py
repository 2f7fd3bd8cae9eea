"""GitHub's REST API, as far as a proposal needs it: branches, commits, pull requests. Vendor errors become ours.

A 5xx and a broken connection are tried again a few times. A rate limit is not waited for: the error says when it
ends, and whoever runs the step tries again then.
"""

import base64
from collections.abc import Mapping
from contextlib import AbstractContextManager
from functools import cached_property
from typing import TYPE_CHECKING

from labeler.errors import InputInvalidError
from labeler.experiment.registering.github_connection import BACKOFF_S, PAUSE_S, TIMEOUT_S, open_repository
from labeler.experiment.registering.github_errors import github_errors
from labeler.experiment.registering.github_objects import Commit, Pull

if TYPE_CHECKING:
    from github.Repository import Repository


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
        with self._errors(f"opening {self.repository}"):
            return open_repository(
                self.repository,
                self._token,
                api_url=self._api_url,
                timeout_s=self._timeout_s,
                pause_s=self._pause_s,
                backoff_s=self._backoff_s,
            )

    @property
    def url(self) -> str:
        """For people."""
        return self._repository.html_url

    # ---- reads

    def head(self, branch: str) -> str | None:
        """The branch's commit; None when there is no such branch."""
        import github

        repository = self._repository
        with self._errors(f"reading the branch {branch}"):
            try:
                return repository.get_git_ref(f"heads/{branch}").object.sha
            except github.UnknownObjectException:
                return None

    def commit(self, sha: str) -> Commit:
        repository = self._repository
        with self._errors(f"reading commit {sha[:12]}"):
            commit = repository.get_git_commit(sha)
            return Commit(commit.sha, commit.message, commit.tree.sha)

    def blobs(self, tree: str) -> dict[str, str]:
        """Of a tree's root: names and blobs' SHA-1."""
        repository = self._repository
        with self._errors(f"reading tree {tree[:12]}"):
            return {entry.path: entry.sha for entry in repository.get_git_tree(tree).tree if entry.type == "blob"}

    def text(self, path: str, commit: str) -> str:
        """Raises ObjectMissingError, InputInvalidError (no text)."""
        repository = self._repository
        with self._errors(f"reading {path} of commit {commit[:12]}"):
            content = repository.get_contents(path, ref=commit)
            if isinstance(content, list):
                raise InputInvalidError(f"{path} of {self.repository} is a folder")
            try:
                return content.decoded_content.decode()
            except (AssertionError, UnicodeDecodeError) as error:
                raise InputInvalidError(f"{path} of {self.repository} is no UTF-8 text below 1 MB") from error

    def pulls(self, branch: str) -> list[Pull]:
        """All from this branch of this repository, newest first, whatever became of them."""
        repository = self._repository
        with self._errors(f"looking for pull requests of {branch}"):
            label = f"{repository.owner.login}:{branch}"
            # GitHub answers with every pull request when it does not understand the filter
            ours = [pull for pull in repository.get_pulls(state="all", head=label) if pull.head.label == label]
            return sorted(map(Pull.of, ours), key=lambda pull: pull.number, reverse=True)

    # ---- writes

    def create_commit(
        self, files: Mapping[str, bytes], message: str, *, parent: str | None, base: str | None = None
    ) -> str:
        """The commit's SHA-1. `base`: the commit whose other files stay; without it there are no others."""
        import github

        repository = self._repository
        with self._errors(f"committing {', '.join(sorted(files))}"):
            entries = []
            for name, body in sorted(files.items()):
                blob = repository.create_git_blob(base64.b64encode(body).decode(), "base64")
                entries.append(github.InputGitTreeElement(name, "100644", "blob", sha=blob.sha))
            base_tree = () if base is None else (repository.get_git_commit(base).tree,)
            tree = repository.create_git_tree(entries, *base_tree)
            parents = [] if parent is None else [repository.get_git_commit(parent)]
            return repository.create_git_commit(message, tree, parents).sha

    def set_head(self, branch: str, commit: str, *, before: str | None, is_forced: bool = False) -> None:
        """`before`: the branch's commit until now, None to create it. Raises LostRaceError."""
        repository = self._repository
        with self._errors(f"writing the branch {branch}"):
            if before is None:
                repository.create_git_ref(f"refs/heads/{branch}", commit)
            else:
                repository.get_git_ref(f"heads/{branch}").edit(commit, force=is_forced)

    def open_pull(self, *, head: str, base: str, title: str, body: str) -> Pull:
        """Raises LostRaceError when there is one."""
        repository = self._repository
        with self._errors(f"opening a pull request from {head} to {base}"):
            return Pull.of(repository.create_pull(base=base, head=head, title=title, body=body))

    def edit_pull(self, pull: Pull, *, title: str, body: str, base: str) -> None:
        with self._errors(f"updating pull request {pull.number}"):
            pull.vendor.edit(title=title, body=body, base=base)

    def _errors(self, doing: str) -> AbstractContextManager[None]:
        return github_errors(doing, repository=self.repository, secret=self._token, api_url=self._api_url)
