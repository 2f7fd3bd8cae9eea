"""GitHub's REST API over the stub's repository. Messages and codes are GitHub's own."""

import base64
import re
from typing import Any

from tests.integration.experiment.github_state import GitHubState, StubCommit

OWNER, NAME = "acme", "labels"
REPOSITORY = f"{OWNER}/{NAME}"
SITE = f"https://github.example/{REPOSITORY}"
MAX_BODY = 65_536
ROUTES = (
    (r"GET ", "get_repository"),
    (r"GET /git/ref/heads/(.+)", "get_ref"),
    (r"POST /git/refs", "post_ref"),
    (r"PATCH /git/refs/heads/(.+)", "patch_ref"),
    (r"GET /git/commits/(\w+)", "get_commit"),
    (r"POST /git/commits", "post_commit"),
    (r"GET /git/trees/(\w+)", "get_tree"),
    (r"POST /git/trees", "post_tree"),
    (r"POST /git/blobs", "post_blob"),
    (r"GET /contents/(.+)", "get_contents"),
    (r"GET /pulls", "get_pulls"),
    (r"POST /pulls", "post_pull"),
    (r"PATCH /pulls/(\d+)", "patch_pull"),
)


class RefusedError(Exception):
    def __init__(self, status: int, message: str, errors: Any = None) -> None:
        super().__init__(message)
        self.status = status
        self.body: dict[str, Any] = {"message": message, "documentation_url": "https://docs.github.com/rest"}
        if errors is not None:
            self.body["errors"] = errors


class GitHubApi(GitHubState):
    """A request that it does not know gets 501, so that a test sees a call nobody thought of."""

    @property
    def url(self) -> str:
        """Of the API."""
        raise NotImplementedError

    def answer(self, method: str, path: str, query: dict[str, list[str]], body: Any) -> tuple[int, Any]:
        prefix = f"/repos/{REPOSITORY}"
        if not path.startswith(prefix):
            raise RefusedError(404, "Not Found")
        rest = path.removeprefix(prefix)
        for pattern, name in ROUTES:
            match = re.fullmatch(pattern, f"{method} {rest}")
            if match:
                return getattr(self, name)(*match.groups(), query=query, body=body)
        raise RefusedError(501, f"the stub does not know {method} {rest}")

    def get_repository(self, **_: Any) -> tuple[int, Any]:
        owner = {"login": OWNER, "url": f"{self.url}/users/{OWNER}"}
        return 200, {"full_name": REPOSITORY, "name": NAME, "owner": owner, "html_url": SITE, "url": self._at("")}

    def get_ref(self, branch: str, **_: Any) -> tuple[int, Any]:
        if branch not in self.branches:
            raise RefusedError(404, "Not Found")
        return 200, self._ref(branch)

    def post_ref(self, *, body: Any, **_: Any) -> tuple[int, Any]:
        branch = body["ref"].removeprefix("refs/heads/")
        if branch in self.branches:
            raise RefusedError(422, "Reference already exists")
        if body["sha"] not in self.commits:
            raise RefusedError(422, "Object does not exist")
        self.branches[branch] = body["sha"]
        return 201, self._ref(branch)

    def patch_ref(self, branch: str, *, body: Any, **_: Any) -> tuple[int, Any]:
        if branch not in self.branches:
            raise RefusedError(422, "Reference does not exist")
        if not body.get("force") and not self.is_ancestor(self.branches[branch], body["sha"]):
            raise RefusedError(422, "Update is not a fast forward")
        self.branches[branch] = body["sha"]
        return 200, self._ref(branch)

    def get_commit(self, sha: str, **_: Any) -> tuple[int, Any]:
        if sha not in self.commits:
            raise RefusedError(404, "Not Found")
        return 200, self._shown(self.commits[sha])

    def post_commit(self, *, body: Any, **_: Any) -> tuple[int, Any]:
        sha = self.add_commit(body["message"], body["tree"], body["parents"])
        return 201, self._shown(self.commits[sha])

    def get_tree(self, sha: str, **_: Any) -> tuple[int, Any]:
        entries = [
            {"path": name, "mode": "100644", "type": "blob", "sha": blob, "size": len(self.blobs[blob])}
            for name, blob in sorted(self.trees[sha].items())
        ]
        return 200, {"sha": sha, "url": self._at(f"/git/trees/{sha}"), "tree": entries, "truncated": False}

    def post_tree(self, *, body: Any, **_: Any) -> tuple[int, Any]:
        entries = dict(self.trees[body["base_tree"]]) if "base_tree" in body else {}
        for entry in body["tree"]:
            sha = entry["sha"] if "sha" in entry else self.add_blob(entry["content"].encode())
            if sha not in self.blobs:
                raise RefusedError(422, f"tree.sha {sha} is not a valid blob")
            entries[entry["path"]] = sha
        return 201, self.get_tree(self.add_tree(entries))[1]

    def post_blob(self, *, body: Any, **_: Any) -> tuple[int, Any]:
        content = body["content"]
        sha = self.add_blob(base64.b64decode(content) if body["encoding"] == "base64" else content.encode())
        return 201, {"sha": sha, "url": self._at(f"/git/blobs/{sha}")}

    def get_contents(self, path: str, *, query: dict[str, list[str]], **_: Any) -> tuple[int, Any]:
        ref = query.get("ref", ["main"])[0]
        sha = self.branches.get(ref, ref)
        tree = self.trees[self.commits[sha].tree] if sha in self.commits else {}
        below = sorted(name for name in tree if name.startswith(f"{path}/"))
        if below:
            return 200, [{"type": "file", "path": name, "name": name, "sha": tree[name]} for name in below]
        if path not in tree:
            raise RefusedError(404, "Not Found")
        content = base64.encodebytes(self.blobs[tree[path]]).decode()
        shown = {"type": "file", "encoding": "base64", "path": path, "name": path, "sha": tree[path]}
        return 200, {**shown, "content": content, "url": self._at(f"/contents/{path}?ref={ref}")}

    def get_pulls(self, *, query: dict[str, list[str]], **_: Any) -> tuple[int, Any]:
        state, head = query.get("state", ["open"])[0], query.get("head", [""])[0]
        pulls = [pull for pull in self.pulls if state in {"all", pull["state"]}]
        if ":" in head:  # GitHub ignores a filter without an owner
            pulls = [pull for pull in pulls if pull["head"]["label"] == head]
        return 200, pulls[::-1]

    def post_pull(self, *, body: Any, **_: Any) -> tuple[int, Any]:
        head, base = body["head"], body["base"]
        if any(pull["head"]["ref"] == head and pull["state"] == "open" for pull in self.pulls):
            message = f"A pull request already exists for {OWNER}:{head}."
            raise RefusedError(
                422, "Validation Failed", [{"resource": "PullRequest", "code": "custom", "message": message}]
            )
        for name, branch in (("head", head), ("base", base)):
            if branch not in self.branches:
                fault = {"resource": "PullRequest", "field": name, "code": "invalid"}
                raise RefusedError(422, "Validation Failed", [fault])
        self._check_body(body)
        number = len(self.pulls) + 1
        pull = {
            "number": number,
            "state": "open",
            "merged_at": None,
            "title": body["title"],
            "body": body["body"],
            "html_url": f"{SITE}/pull/{number}",
            "url": self._at(f"/pulls/{number}"),
            "head": {"ref": head, "label": f"{OWNER}:{head}", "user": {"login": OWNER}, "sha": self.branches[head]},
            "base": {"ref": base, "label": f"{OWNER}:{base}", "user": {"login": OWNER}, "sha": self.branches[base]},
        }
        self.pulls.append(pull)
        return 201, pull

    def patch_pull(self, number: str, *, body: Any, **_: Any) -> tuple[int, Any]:
        self._check_body(body)
        pull = self.pulls[int(number) - 1]
        pull |= {name: value for name, value in body.items() if name in {"title", "body", "state"}}
        if "base" in body:
            pull["base"] = {**pull["base"], "ref": body["base"]}
        return 200, pull

    def _check_body(self, body: Any) -> None:
        if len(body.get("body") or "") > MAX_BODY:
            message = f"body is too long (maximum is {MAX_BODY} characters)"
            fault = {"resource": "Issue", "code": "custom", "field": "body", "message": message}
            raise RefusedError(422, "Validation Failed", [fault])

    def _ref(self, branch: str) -> dict[str, Any]:
        target = {"type": "commit", "sha": self.branches[branch], "url": ""}
        return {"ref": f"refs/heads/{branch}", "url": self._at(f"/git/refs/heads/{branch}"), "object": target}

    def _shown(self, commit: StubCommit) -> dict[str, Any]:
        parents = [{"sha": sha, "url": self._at(f"/git/commits/{sha}")} for sha in commit.parents]
        tree = {"sha": commit.tree, "url": self._at(f"/git/trees/{commit.tree}")}
        url = self._at(f"/git/commits/{commit.sha}")
        return {"sha": commit.sha, "url": url, "message": commit.message, "tree": tree, "parents": parents}

    def _at(self, path: str) -> str:
        return f"{self.url}/repos/{REPOSITORY}{path}"
