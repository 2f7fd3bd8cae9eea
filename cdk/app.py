"""The CDK app: `python cdk/app.py`, run by the CDK command or by the proofs. Needs no account and looks nothing up.

Context: `stages` says which (cdk.json has all three), `release` is the tag of the images that the cluster runs.
"""

from aws_cdk import App, Validations
from cdk_nag import AwsSolutionsChecks

from environments import ENVIRONMENTS
from stages import LabelerStage


def build(app: App) -> App:
    Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    for name in str(app.node.try_get_context("stages")).split(","):
        LabelerStage(app, name, environment=ENVIRONMENTS[name], release=str(app.node.try_get_context("release")))
    return app


if __name__ == "__main__":
    build(App(analytics_reporting=False, tree_metadata=False)).synth()
