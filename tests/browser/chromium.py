"""A headless Chromium, driven by its own protocol: opens a page, reads its console, takes a screenshot."""

import base64
import json
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from websockets.sync.client import ClientConnection, connect

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
TIMEOUT_S = 60.0


def program() -> str | None:
    """None without one on this machine."""
    return next((path for name in PROGRAMS if (path := shutil.which(name))), None)


class Page:
    """One tab. `complaints` are errors and warnings of its console, uncaught exceptions and requests that failed."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._number = 0
        self.complaints: list[str] = []
        self.requests: list[str] = []
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        self._number += 1
        self._socket.send(json.dumps({"id": self._number, "method": method, "params": parameters}))
        while True:
            message = json.loads(self._socket.recv(timeout=TIMEOUT_S))
            if message.get("id") == self._number:
                assert "error" not in message, message
                return dict(message["result"])
            self._note(message)

    def open(self, url: str, *, width: int, height: int = 900, is_dark: bool = False, is_print: bool = False) -> None:
        mobile = width < 600
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=mobile)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if is_dark else "light"}
        self.call("Emulation.setEmulatedMedia", media="print" if is_print else "", features=[scheme])
        self.call("Page.navigate", url=url)
        self.wait_for("document.readyState === 'complete'")

    def wait_for(self, condition: str, *, timeout_s: float = TIMEOUT_S) -> None:
        """A JavaScript expression that becomes true."""
        ends = time.monotonic() + timeout_s
        while not self.value(f"Boolean({condition})"):
            assert time.monotonic() < ends, f"{condition}: not within {timeout_s:g} s; {self.complaints}"
            time.sleep(0.1)

    def value(self, expression: str) -> Any:
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        return answer["result"].get("value")

    def screenshot(self, path: Path) -> Path:
        """The whole page."""
        size = self.call("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": min(size["height"], 6000), "scale": 1}
        screenshot = self.call("Page.captureScreenshot", format="png", clip=clip, captureBeyondViewport=True)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(base64.b64decode(screenshot["data"]))
        return path

    def _note(self, message: dict[str, Any]) -> None:
        what, about = message.get("method"), message.get("params", {})
        if what == "Network.requestWillBeSent":
            self.requests.append(about["request"]["url"])
        if what == "Runtime.exceptionThrown":
            details = about["exceptionDetails"]
            self.complaints.append(
                f"exception: {details.get('text')} {details.get('exception', {}).get('description')}"
            )
        if what == "Log.entryAdded" and about["entry"]["level"] in ("error", "warning"):
            self.complaints.append(f"{about['entry']['level']}: {about['entry']['text']} {about['entry'].get('url')}")
        if what == "Runtime.consoleAPICalled" and about["type"] in ("error", "warning", "assert"):
            output = " ".join(str(part.get("value", part.get("description"))) for part in about["args"])
            self.complaints.append(f"{about['type']}: {output}")


@contextmanager
def chromium() -> Iterator[Page]:
    """Raises AssertionError without a Chromium: check `program` first."""
    chromium_path = program()
    assert chromium_path is not None
    with tempfile.TemporaryDirectory(prefix="labeler-chromium-", ignore_cleanup_errors=True) as profile:
        process = subprocess.Popen(
            [chromium_path, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
             "--disable-background-networking", "--disable-component-update", "--hide-scrollbars",
             "--remote-debugging-port=0", f"--user-data-dir={profile}", "about:blank"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            with connect(_address(Path(profile)), max_size=None, open_timeout=TIMEOUT_S, proxy=None) as socket:
                yield Page(socket)
        finally:
            process.terminate()
            process.wait(TIMEOUT_S)


def _address(profile: Path) -> str:
    """Of the first tab, once Chromium has written which port it took."""
    ends = time.monotonic() + TIMEOUT_S
    while time.monotonic() < ends:
        lines = _lines(profile / "DevToolsActivePort")
        if len(lines) >= 2:
            with urlopen(f"http://127.0.0.1:{lines[0]}/json/list", timeout=TIMEOUT_S) as answer:
                tabs = [tab for tab in json.load(answer) if tab["type"] == "page"]
            if tabs:
                return str(tabs[0]["webSocketDebuggerUrl"])
        time.sleep(0.1)
    raise AssertionError(f"chromium did not come up within {TIMEOUT_S:g} s")


def _lines(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []
