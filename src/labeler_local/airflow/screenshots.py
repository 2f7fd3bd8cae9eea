"""`make airflow-pictures`: screenshots of a labeled day's pages, in build/pictures."""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import quote

from labeler_local.airflow.paths import ROOT
from labeler_local.airflow.pipeline import running_pipeline
from labeler_local.airflow.processes import StartError
from labeler_local.airflow.rest_api import AirflowClient
from labeler_local.airflow.server import running_airflow

SCREENSHOTS = ROOT / "build/pictures"
DAY = "2026-03-01"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
LOAD_MS = 20_000
"""The page draws itself from many answers; the browser's clock runs ahead through them."""


def main() -> int:
    """The exit code."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        sys.stderr.write(f"no browser is here: install one of {', '.join(BROWSERS)}\n")
        return 1
    try:
        with (
            tempfile.TemporaryDirectory(prefix="labeler-airflow-") as scratch,
            running_pipeline(Path(scratch)) as pipeline,
        ):
            pipeline.train_champion()
            pipeline.land(DAY)
            with running_airflow(pipeline) as airflow:
                run_id = airflow.trigger("daily_labeling", {"run_date": DAY})
                airflow.wait_until_ended("daily_labeling", run_id)
                take_all(browser, airflow, run_id, Path(scratch))
    except StartError as error:
        sys.stderr.write(f"it did not start: {error}\n")
        return 1
    return 0


def take_all(browser: str, airflow: AirflowClient, run_id: str, scratch: Path) -> None:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    pages = {
        "dags": "/dags",
        "daily-run": f"/dags/daily_labeling/runs/{quote(run_id)}",
        "daily-summary": f"/dags/daily_labeling/runs/{quote(run_id)}/tasks/check_summary",
        "assets": "/assets",
    }
    for name, path in pages.items():
        screenshot = SCREENSHOTS / f"airflow-{name}.png"
        take(browser, f"{airflow.url}{path}", screenshot, scratch / "browser")
        sys.stdout.write(f"{screenshot}\n")


def take(browser: str, url: str, screenshot: Path, profile: Path) -> None:
    """Raises CalledProcessError."""
    command = [
        browser,
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--hide-scrollbars",
        f"--user-data-dir={profile}",
        "--window-size=1500,950",
        f"--virtual-time-budget={LOAD_MS}",
        f"--screenshot={screenshot}",
        url,
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=120)


if __name__ == "__main__":
    sys.exit(main())
