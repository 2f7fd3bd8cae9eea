"""What the GitHub stub holds of one repository: blobs, trees, commits, branches and pull requests."""

import hashlib
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass
class StubCommit:
    sha: str
    message: str
    tree: str
    parents: list[str]


class GitHubState:
    """Everything that it holds is open to a test."""

    def __init__(self, files: Mapping[str, str]) -> None:
        self.blobs: dict[str, bytes] = {}
        self.trees: dict[str, dict[str, str]] = {}
        self.commits: dict[str, StubCommit] = {}
        self.branches: dict[str, str] = {}
        self.pulls: list[dict[str, Any]] = []
        self._lock = threading.RLock()
        self.push("main", files, "first")

    def push(self, branch: str, files: Mapping[str, str], message: str) -> str:
        """A commit on top of a branch, by somebody else."""
        with self._lock:
            parent = self.branches.get(branch)
            tree = dict(self.trees[self.commits[parent].tree]) if parent else {}
            tree |= {name: self.add_blob(text.encode()) for name, text in files.items()}
            self.branches[branch] = self.add_commit(message, self.add_tree(tree), [parent] if parent else [])
            return self.branches[branch]

    def files(self, branch: str) -> dict[str, bytes]:
        tree = self.trees[self.commits[self.branches[branch]].tree]
        return {name: self.blobs[sha] for name, sha in tree.items()}

    def head(self, branch: str) -> StubCommit:
        return self.commits[self.branches[branch]]

    def close(self, number: int, *, is_merged: bool = False) -> None:
        pull = self.pulls[number - 1]
        pull["state"] = "closed"
        if is_merged:
            pull["merged_at"] = "2026-03-01T00:00:00Z"
            self.branches["main"] = self.branches[pull["head"]["ref"]]

    def add_blob(self, body: bytes) -> str:
        sha = hashlib.sha1(b"blob %d\0" % len(body) + body, usedforsecurity=False).hexdigest()
        self.blobs[sha] = body
        return sha

    def add_tree(self, entries: dict[str, str]) -> str:
        sha = hashlib.sha1(f"tree {sorted(entries.items())}".encode(), usedforsecurity=False).hexdigest()
        self.trees[sha] = entries
        return sha

    def add_commit(self, message: str, tree: str, parents: list[str]) -> str:
        text = f"commit {message} {tree} {parents} {len(self.commits)}"
        sha = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()
        self.commits[sha] = StubCommit(sha, message, tree, parents)
        return sha

    def is_ancestor(self, old: str, new: str) -> bool:
        seen, todo = set(), [new]
        while todo:
            sha = todo.pop()
            if sha == old:
                return True
            if sha not in seen:
                seen.add(sha)
                todo += self.commits[sha].parents
        return False
