"""A GitHub on loopback for one repository: objects, branches, pull requests and the refusals that a proposal meets.

Messages and codes are GitHub's own. What it does not know answers 501, so that a test sees a call nobody thought of.
"""

import base64
import hashlib
import json
import re
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, unquote, urlsplit

OWNER, NAME = "acme", "labels"
REPOSITORY = f"{OWNER}/{NAME}"
TOKEN = "ghp_0123456789secret"  # noqa: S105
MAX_BODY = 65_536
SITE = f"https://github.example/{REPOSITORY}"


class RefusedError(Exception):
    def __init__(self, status: int, message: str, errors: Any = None) -> None:
        super().__init__(message)
        self.status = status
        self.body: dict[str, Any] = {"message": message, "documentation_url": "https://docs.github.com/rest"}
        if errors is not None:
            self.body["errors"] = errors


@dataclass
class Fault:
    """The next `times` requests that match get this instead of an answer."""

    method: str
    path: str
    """A regular expression, searched in the path."""
    status: int = 500
    message: str = "Server Error"
    headers: dict[str, str] = field(default_factory=dict)
    times: int = 1_000_000
    delay_s: float = 0.0
    takes_effect: bool = False
    """The call is done, only its answer is lost."""
    body: bytes | None = None


@dataclass
class StubCommit:
    sha: str
    message: str
    tree: str
    parents: list[str]


class GitHubStub:
    """`url` is the API's. Everything that it holds is open to a test."""

    def __init__(self, files: Mapping[str, str]) -> None:
        self.blobs: dict[str, bytes] = {}
        self.trees: dict[str, dict[str, str]] = {}
        self.commits: dict[str, StubCommit] = {}
        self.branches: dict[str, str] = {}
        self.pulls: list[dict[str, Any]] = []
        self.requests: list[tuple[str, str]] = []
        self.faults: list[Fault] = []
        self.calls: list[Any] = []
        self._lock = threading.RLock()
        self.push("main", files, "first")

    # ---- what a person or a test does

    def push(self, branch: str, files: Mapping[str, str], message: str) -> str:
        """A commit on top of a branch, by somebody else."""
        with self._lock:
            parent = self.branches.get(branch)
            tree = dict(self.trees[self.commits[parent].tree]) if parent else {}
            tree |= {name: self.add_blob(text.encode()) for name, text in files.items()}
            self.branches[branch] = self._commit(message, self._tree(tree), [parent] if parent else [])
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

    def before(self, method: str, path: str, do: Any) -> None:
        """`do` happens once, right before the next such request is answered: somebody else was faster."""
        self.calls.append((method, path, do))

    def writes(self) -> list[tuple[str, str]]:
        return [request for request in self.requests if request[0] != "GET"]

    # ---- git

    def add_blob(self, body: bytes) -> str:
        sha = hashlib.sha1(b"blob %d\0" % len(body) + body, usedforsecurity=False).hexdigest()
        self.blobs[sha] = body
        return sha

    def _tree(self, entries: dict[str, str]) -> str:
        sha = hashlib.sha1(f"tree {sorted(entries.items())}".encode(), usedforsecurity=False).hexdigest()
        self.trees[sha] = entries
        return sha

    def _commit(self, message: str, tree: str, parents: list[str]) -> str:
        text = f"commit {message} {tree} {parents} {len(self.commits)}"
        sha = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()
        self.commits[sha] = StubCommit(sha, message, tree, parents)
        return sha

    def _is_ancestor(self, old: str, new: str) -> bool:
        seen, todo = set(), [new]
        while todo:
            sha = todo.pop()
            if sha == old:
                return True
            if sha not in seen:
                seen.add(sha)
                todo += self.commits[sha].parents
        return False

    # ---- REST

    def answer(self, method: str, path: str, query: dict[str, list[str]], body: Any) -> tuple[int, Any]:
        prefix = f"/repos/{REPOSITORY}"
        if not path.startswith(prefix):
            raise RefusedError(404, "Not Found")
        rest = path.removeprefix(prefix)
        for pattern, name in ROUTES:
            found = re.fullmatch(pattern, f"{method} {rest}")
            if found:
                return getattr(self, name)(*found.groups(), query=query, body=body)
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
        if not body.get("force") and not self._is_ancestor(self.branches[branch], body["sha"]):
            raise RefusedError(422, "Update is not a fast forward")
        self.branches[branch] = body["sha"]
        return 200, self._ref(branch)

    def get_commit(self, sha: str, **_: Any) -> tuple[int, Any]:
        if sha not in self.commits:
            raise RefusedError(404, "Not Found")
        return 200, self._shown(self.commits[sha])

    def post_commit(self, *, body: Any, **_: Any) -> tuple[int, Any]:
        sha = self._commit(body["message"], body["tree"], body["parents"])
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
        return 201, self.get_tree(self._tree(entries))[1]

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
        found = [pull for pull in self.pulls if state in {"all", pull["state"]}]
        if ":" in head:  # GitHub ignores a filter without an owner
            found = [pull for pull in found if pull["head"]["label"] == head]
        return 200, found[::-1]

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

    # ---- the server

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        stub = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = 64 * 1024  # headers and body in one packet: else each answer waits for an acknowledgement

            def handle_any(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                body = json.loads(self.rfile.read(length)) if length else None
                stub.handle(self, body)

            do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = handle_any  # noqa: N815

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def handle(self, handler: BaseHTTPRequestHandler, body: Any) -> None:
        parts = urlsplit(handler.path)
        method, path = handler.command, unquote(parts.path)
        with self._lock:
            self.requests.append((method, path))
            due = [call for call in self.calls if call[0] == method and re.search(call[1], path)][:1]
            for call in due:
                self.calls.remove(call)
        for call in due:
            call[2]()
        try:
            if handler.headers.get("Authorization") not in {f"token {TOKEN}", f"Bearer {TOKEN}"}:
                raise RefusedError(401, "Bad credentials")
            fault = self._fault(method, path)
            if fault and not fault.takes_effect:
                self._break(handler, fault)
                return
            with self._lock:
                status, answer = self.answer(method, path, parse_qs(parts.query), body)
            if fault:
                self._break(handler, fault)
                return
            self._send(handler, status, json.dumps(answer).encode())
        except RefusedError as refused:
            self._send(handler, refused.status, json.dumps(refused.body).encode())

    def _fault(self, method: str, path: str) -> Fault | None:
        with self._lock:
            for fault in self.faults:
                if fault.times > 0 and fault.method == method and re.search(fault.path, path):
                    fault.times -= 1
                    return fault
        return None

    def _break(self, handler: BaseHTTPRequestHandler, fault: Fault) -> None:
        time.sleep(fault.delay_s)
        body = fault.body if fault.body is not None else json.dumps({"message": fault.message}).encode()
        self._send(handler, fault.status, body, fault.headers)

    def _send(
        self, handler: BaseHTTPRequestHandler, status: int, body: bytes, headers: Mapping[str, str] | None = None
    ) -> None:
        try:
            handler.send_response(status)
            for name, value in {**(headers or {}), "Content-Length": str(len(body))}.items():
                handler.send_header(name, value)
            handler.send_header("Content-Type", "application/json; charset=utf-8")
            handler.end_headers()
            handler.wfile.write(body)
            handler.wfile.flush()
        except (BrokenPipeError, ConnectionResetError):
            pass  # the client has given up waiting, as the test wanted


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


@contextmanager
def github_stub(files: Mapping[str, str]) -> Iterator[GitHubStub]:
    with GitHubStub(files) as stub:
        yield stub
