"""A stage as a build's file and a team's own data make it."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App

from cdk import environments
from cdk.app import build
from cdk.delivery import github

DIGESTS = {name: f"sha256:{number:064x}" for number, name in enumerate(("mlflow", "monitoring", "trainer", "worker"))}
SUBJECT = "repo:labeling@1234/labeler@5678"


def synthesise(folder: Path, context: Mapping[str, Any]) -> None:
    """The templates of dev into folder/assembly-dev."""
    release = folder / "release.json"
    release.write_text(json.dumps({"commit": "c" * 40, "images": DIGESTS}))
    own = {**context, "stages": "dev", "release": str(release)}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(github, "GITHUB_SUBJECT", SUBJECT)
        dev = replace(environments.DEV, dags_uri="s3://airflow-of-dev/code/dags/")
        patch.setitem(environments.ENVIRONMENTS, "dev", dev)
        build(App(outdir=str(folder), analytics_reporting=False, tree_metadata=False, context=own)).synth()
