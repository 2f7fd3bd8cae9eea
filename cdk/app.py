"""The CDK app: `python -m cdk.app`, run by the CDK command or by the proofs. Needs no account and looks nothing up.

Context: `stages` says which (cdk.json has all three). `release` says which images: the file of a build or release, whose
digests are taken, or a tag that all of them have.
"""

import json
from collections.abc import Mapping
from pathlib import Path

from aws_cdk import App, Validations
from cdk_nag import AwsSolutionsChecks

from cdk.delivery.images import NAMES
from cdk.environments import ENVIRONMENTS
from cdk.stages import LabelerStage


def build(app: App) -> App:
    Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    images = images_of(str(app.node.try_get_context("release")))
    for name in str(app.node.try_get_context("stages")).split(","):
        LabelerStage(app, name, environment=ENVIRONMENTS[name], images=images)
    return app


def images_of(release: str) -> Mapping[str, str]:
    """Digest or tag, by the image's name. A file that lacks an image fails here: a digest is never guessed."""
    if not release.endswith(".json"):
        return dict.fromkeys(NAMES, release)
    digests = json.loads(Path(release).read_text(encoding="utf-8"))["images"]
    return {name: digests[name] for name in NAMES}


if __name__ == "__main__":
    build(App(analytics_reporting=False, tree_metadata=False)).synth()
