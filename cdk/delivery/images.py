"""Where images live."""

from collections.abc import Mapping

from aws_cdk import Duration
from aws_cdk import aws_ecr as ecr
from constructs import Construct

from cdk.environment import Environment
from cdk.retention import removal

NAMES = ("worker", "trainer", "mlflow", "monitoring")
"""The folders of containers/."""
KEEP_IMAGES = 20


class Images(Construct):
    """A repository for each image. They have names: a workflow pushes before any stack that uses them exists."""

    def __init__(self, scope: Construct, construct_id: str, *, environment: Environment) -> None:
        super().__init__(scope, construct_id)
        self.repositories = {name: self._repository(name, environment) for name in NAMES}

    def uris(self, versions: Mapping[str, str]) -> dict[str, str]:
        """`versions`: digest or tag by name. A digest is the bytes that every stage before this one ran."""
        return {
            name: repository.repository_uri_for_tag_or_digest(versions[name])
            for name, repository in self.repositories.items()
        }

    def _repository(self, name: str, environment: Environment) -> ecr.Repository:
        untagged = ecr.LifecycleRule(tag_status=ecr.TagStatus.UNTAGGED, max_image_age=Duration.days(7), rule_priority=1)
        return ecr.Repository(
            self,
            name.capitalize(),
            repository_name=f"labeler-{environment.name}/{name}",
            image_scan_on_push=True,
            image_tag_mutability=ecr.TagMutability.IMMUTABLE,
            lifecycle_rules=[untagged, ecr.LifecycleRule(max_image_count=KEEP_IMAGES, rule_priority=2)],
            removal_policy=removal(environment.retention),
        )
