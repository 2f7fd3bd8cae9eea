"""What each make target of a stage calls, in its order."""

from tests.integration.delivery.conftest import RELEASE

CDK = "cdk --no-notices --ci -c stages=dev -c release=build/release.json"
IMAGES = f"labeler release images {RELEASE}"
NOTE = f"labeler release note {RELEASE} --stage dev"
CALLS: dict[str, list[str]] = {
    "bootstrap": [f"{CDK} bootstrap", f"{CDK} deploy --require-approval never dev/delivery"],
    "check-newer": ["labeler release current --stage dev"],
    "check-runs": ["labeler release check --stage dev"],
    "push-images": [
        IMAGES,
        "aws ecr get-authorization-token --query authorizationData[0].proxyEndpoint --output text",
    ],
    "image-findings": [IMAGES],
    "diff": [f"{CDK} diff --method template dev/*"],
    "deploy": [NOTE, f"{CDK} deploy --require-approval never --concurrency 3 dev/*", NOTE],
    "promote": ["labeler release promote --from params.yaml --stage dev"],
    "smoke": ["labeler release smoke --stage dev"],
    "deploy-dags": ["aws s3 sync dags s3://airflow/dags --delete --exclude * --include *.py --include .airflowignore"],
    "confirm": [f"labeler release confirm {RELEASE} --stage dev"],
    "restore-champion": ["labeler release restore-champion --stage dev"],
}
