"""The pages in a headless Chromium: the report of a run, and Evidently's own with the project's runs."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from labeler.monitoring.drift.workspace import mirror, project_id, snapshot_id
from labeler.monitoring.run_report.page import render
from labeler.storage import Bucket
from labeler_local.emulator.processes import free_port
from tests.browser.chromium import Page, chromium, program
from tests.integration.monitoring.conftest import model, month  # noqa: F401 - fixtures
from tests.integration.monitoring.days import amounts_scaled
from tests.integration.monitoring.month import Month
from tests.unit.monitoring.example_receipts import T0
from tests.unit.monitoring.example_run import run_data

pytestmark = [
    pytest.mark.monitoring,
    pytest.mark.timeout(600),
    pytest.mark.skipif(program() is None, reason="no Chromium on this machine"),
]
SCREENSHOTS = Path("build/pictures")
"""For a person to look at."""


@pytest.fixture
def page() -> Iterator[Page]:
    with chromium() as opened:
        yield opened


@pytest.fixture
def report(tmp_path: Path) -> str:
    path = tmp_path / "report.html"
    path.write_text(render(run_data(), now=T0 + timedelta(hours=1)), encoding="utf-8")
    return path.as_uri()


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("is_dark", [False, True], ids=["light", "dark"])
def test_the_report_fits_phone_and_desktop_without_network_requests(
    page: Page, report: str, width: int, is_dark: bool
) -> None:
    page.open(report, width=width, is_dark=is_dark)
    assert page.value("document.documentElement.scrollWidth") <= width, "nothing to be scrolled sideways"
    assert page.value("document.querySelectorAll('.plot polyline').length") >= 1
    assert page.complaints == []
    assert [request for request in page.requests if not request.startswith(("file:", "data:"))] == []
    page.screenshot(SCREENSHOTS / f"report-{width}-{'dark' if is_dark else 'light'}.png")


@pytest.mark.parametrize("is_dark", [False, True], ids=["light", "dark"])
def test_the_report_s_text_has_enough_contrast(page: Page, report: str, is_dark: bool) -> None:
    """WCAG 2.1, contrast (minimum): 4.5 to 1."""
    page.open(report, width=1280, is_dark=is_dark)
    faint = page.value((Path(__file__).parent / "contrast.js").read_text())
    assert faint == []


def test_the_report_fits_a_printed_page(page: Page, report: str) -> None:
    page.open(report, width=794, is_print=True)
    assert page.value("document.documentElement.scrollWidth") <= 794
    assert len(page.call("Page.printToPDF", printBackground=False)["data"]) > 10_000
    page.screenshot(SCREENSHOTS / "report-print.png")


def test_evidently_shows_the_project_its_runs_and_their_drift(page: Page, month: Month, tmp_path: Path) -> None:  # noqa: F811
    month.evaluate(month.publish(0, accounts=600))
    month.evaluate(month.publish(1))
    drifted = month.evaluate(month.publish(2, change=amounts_scaled(2)))
    assert drifted.flags
    folder = tmp_path / "workspace"
    mirror(Bucket(month.stack.aws, month.stack.resources.monitoring_bucket), folder, {})
    port = free_port()
    variables = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "LABELER_"))}
    command = [sys.executable, "-m", "labeler", "monitor", "up", "--workspace", str(folder), "--port", str(port)]
    up = subprocess.Popen(command, env=variables, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _visit_pages(page, f"http://127.0.0.1:{port}", month.model.pin.name, drifted.run_id)
    finally:
        up.send_signal(signal.SIGTERM)
        assert up.wait(60) == 0


def _visit_pages(page: Page, address: str, name: str, run_id: str) -> None:
    for _ in range(600):
        page.open(address, width=1280)
        if page.value("location.href").startswith(address):
            break
        page.wait_for("true")
    page.complaints.clear()  # of the tries before it was up
    page.requests.clear()
    page.wait_for(f"document.body.innerText.includes('{name}')")
    project = f"{address}/projects/{project_id(name)}"
    page.open(project, width=1280)
    page.wait_for("document.body.innerText.includes('Share of drifted columns')")
    page.wait_for("document.querySelectorAll('svg circle, svg path').length > 4")
    page.screenshot(SCREENSHOTS / "evidently-runs.png")
    page.open(f"{project}/reports", width=1280)
    page.wait_for(f"document.body.innerText.includes('{run_id}')")
    page.open(f"{project}/reports/{snapshot_id(run_id, 1)}", width=1280)
    page.wait_for("document.body.innerText.includes(\"Drift in column 'log_amount'\")")
    page.wait_for("document.body.innerText.includes('Data drift detected')")
    page.screenshot(SCREENSHOTS / "evidently-drift.png")
    assert page.complaints == []
    assert [request for request in page.requests if not request.startswith((address, "data:"))] == []
