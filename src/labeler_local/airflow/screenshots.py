"""`make airflow-pictures`: what a person sees of a labeled day, kept as pictures in build/pictures."""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import quote

from labeler_local.airflow.pipeline import ROOT, pipeline
from labeler_local.airflow.processes import StartError
from labeler_local.airflow.server import Airflow, airflow

PICTURES = ROOT / "build/pictures"
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
        with tempfile.TemporaryDirectory(prefix="labeler-airflow-") as scratch, pipeline(Path(scratch)) as found:
            found.train_champion()
            found.land(DAY)
            with airflow(found) as running:
                run_id = running.trigger("daily_labeling", {"run_date": DAY})
                running.ended("daily_labeling", run_id)
                take_all(browser, running, run_id, Path(scratch))
    except StartError as error:
        sys.stderr.write(f"it did not start: {error}\n")
        return 1
    return 0


def take_all(browser: str, running: Airflow, run_id: str, scratch: Path) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    pages = {
        "dags": "/dags",
        "daily-run": f"/dags/daily_labeling/runs/{quote(run_id)}",
        "daily-summary": f"/dags/daily_labeling/runs/{quote(run_id)}/tasks/check_summary",
        "assets": "/assets",
    }
    for name, path in pages.items():
        picture = PICTURES / f"airflow-{name}.png"
        take(browser, f"{running.url}{path}", picture, scratch / "browser")
        sys.stdout.write(f"{picture}\n")


def take(browser: str, url: str, picture: Path, profile: Path) -> None:
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
        f"--screenshot={picture}",
        url,
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=120)


if __name__ == "__main__":
    sys.exit(main())
