"""Evidently's workspace: one project for a model's name, one snapshot for a generation of a run.

The workspace lies in S3 as the files that Evidently itself would write into a folder. Whoever shows it copies them
into one: Evidently could read S3 by itself, with another client and other settings than everything here has.
"""

import tempfile
import uuid
from pathlib import Path
from typing import Any

from labeler import layout
from labeler.monitoring.drift.columns import CONFIDENCE, LABEL
from labeler.monitoring.drift.compare import without_warnings
from labeler.published import RunSummary
from labeler.storage import Bucket

NAMESPACE = uuid.UUID("6f1d6c1a-6f0e-4c3e-9c53-0d8f5f1f7a10")
"""Ids follow from names: another evaluation of a run replaces its snapshot."""
JSON = "application/json"


def project_id(model_name: str) -> uuid.UUID:
    return uuid.uuid5(NAMESPACE, model_name)


def snapshot_id(run_id: str, generation: int) -> uuid.UUID:
    return uuid.uuid5(NAMESPACE, f"{run_id}/{generation}")


def add_snapshot(monitoring: Bucket, snapshot: Any, summary: RunSummary) -> str:
    """The snapshot's key. What is there of the project stays: people arrange its dashboard."""
    project = project_id(summary.model_name)
    with tempfile.TemporaryDirectory(prefix="labeler-workspace-") as directory, without_warnings():
        from evidently.ui.workspace import Workspace

        workspace = Workspace(directory)
        _write_project(workspace, project, summary.model_name)
        snapshot_uuid = snapshot_id(summary.run_id, summary.generation)
        workspace.state.write_snapshot(project, snapshot_uuid, snapshot.to_snapshot_model())
        root = Path(directory)
        for path in sorted(path for path in root.rglob("*.json") if path.stem != str(snapshot_uuid)):
            monitoring.put_once(f"{layout.REPORTS}{path.relative_to(root).as_posix()}", path.read_bytes(), JSON)
        # last: a snapshot without its project would not be shown
        path = root / str(project) / "snapshots" / f"{snapshot_uuid}.json"
        key = f"{layout.REPORTS}{path.relative_to(root).as_posix()}"
        monitoring.put(key, path.read_bytes(), JSON)
    return key


def _write_project(workspace: Any, project: uuid.UUID, model_name: str) -> None:
    from evidently.sdk.models import PanelMetric, ProjectModel
    from evidently.sdk.panels import line_plot_panel

    description = "Each run's sample against the reference of its model."
    dashboard = workspace.add_project(ProjectModel(id=project, name=model_name, description=description)).dashboard
    panels: tuple[tuple[str, str, dict[str, str]], ...] = (
        ("Share of drifted columns", "DriftedColumnsCount", {"value_type": "share"}),
        ("Distance of the labels", "ValueDrift", {"column": LABEL}),
        ("Distance of the confidence", "ValueDrift", {"column": CONFIDENCE}),
        ("Rows compared", "RowCount", {}),
    )
    for title, metric, labels in panels:
        values = [PanelMetric(legend=title, metric=metric, metric_labels=labels)]
        dashboard.add_panel(
            line_plot_panel(title=title, values=values, size="half"), tab="Runs", create_if_not_exists=True
        )


def mirror(monitoring: Bucket, directory: Path, sizes: dict[str, int]) -> int:
    """Copies into the folder what is new or has another size than in `sizes`, which it keeps; how many objects."""
    copied = 0
    # a project's own files come first, so that a snapshot never stands there without them
    for key, size in sorted(monitoring.sizes(layout.REPORTS), key=lambda entry: ("/snapshots/" in entry[0], entry[0])):
        if sizes.get(key) == size:
            continue
        path = directory / key.removeprefix(layout.REPORTS)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(monitoring.get(key))
        sizes[key] = size
        copied += 1
    return copied
