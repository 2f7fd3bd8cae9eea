"""Where things lie in the checkout. Airflow has an environment of its own, without labeler, as on a cluster."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
DAGS = ROOT / "dags"
LABELER = ROOT / ".venv/bin/labeler"
AIRFLOW_BIN = ROOT / "build/airflow-venv/bin"
