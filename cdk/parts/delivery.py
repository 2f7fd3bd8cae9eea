"""Where images live, and who may bring them: one GitHub repository's workflows, for one stage."""

from aws_cdk import CfnOutput, Duration, Stack
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_iam as iam
from constructs import Construct

from environments import GITHUB_REPOSITORY, Environment
from parts.access import allow
from parts.placeholder import refuse_placeholder
from parts.retention import removal

NAMES = ("worker", "trainer", "mlflow", "monitoring")
"""The folders of containers/."""
ISSUER = "token.actions.githubusercontent.com"
KEEP_IMAGES = 20
PUSH = (
    "BatchCheckLayerAvailability", "BatchGetImage", "CompleteLayerUpload", "GetDownloadUrlForLayer",
    "InitiateLayerUpload", "PutImage", "UploadLayerPart",
)  # fmt: skip
BOOTSTRAP_ROLES = ("deploy", "file-publishing", "image-publishing", "lookup")


class Images(Construct):
    """A repository for each image. They have names: a workflow pushes before any stack that uses them exists."""

    def __init__(self, scope: Construct, construct_id: str, *, environment: Environment) -> None:
        super().__init__(scope, construct_id)
        self.repositories = {
            name: ecr.Repository(
                self,
                name.capitalize(),
                repository_name=f"labeler-{environment.name}/{name}",
                image_scan_on_push=True,
                image_tag_mutability=ecr.TagMutability.IMMUTABLE,
                lifecycle_rules=[
                    ecr.LifecycleRule(
                        tag_status=ecr.TagStatus.UNTAGGED, max_image_age=Duration.days(7), rule_priority=1
                    ),
                    ecr.LifecycleRule(max_image_count=KEEP_IMAGES, rule_priority=2),
                ],
                removal_policy=removal(environment.retention),
            )
            for name in NAMES
        }

    def of(self, name: str, release: str) -> str:
        return self.repositories[name].repository_uri_for_tag(release)


def deploy_role(scope: Construct, *, environment: Environment, images: Images) -> iam.Role:
    """For workflows that run in the GitHub environment of the stage's name, whose rules say who approves.

    It can do nothing itself but push images: deploying goes through the roles that `cdk bootstrap` made.
    """
    stack = Stack.of(scope)
    refuse_placeholder(scope, "RepositoryIsNamed", value=GITHUB_REPOSITORY, where="GITHUB_REPOSITORY")
    provider = iam.CfnOIDCProvider(scope, "GitHub", url=f"https://{ISSUER}", client_id_list=["sts.amazonaws.com"])
    subject = f"repo:{GITHUB_REPOSITORY}:environment:{environment.name}"
    role = iam.Role(
        scope,
        "Deploy",
        description=f"GitHub workflows of {GITHUB_REPOSITORY} that deploy {environment.name}",
        max_session_duration=Duration.hours(1),
        assumed_by=iam.WebIdentityPrincipal(
            provider.attr_arn,
            {"StringEquals": {f"{ISSUER}:aud": "sts.amazonaws.com", f"{ISSUER}:sub": subject}},
        ),
    )
    allow(
        role,
        ["ecr:GetAuthorizationToken"],
        ["*"],
        why_any="the token is the registry's, not a repository's: AWS takes no resource here",
    )
    allow(role, [f"ecr:{action}" for action in PUSH], [r.repository_arn for r in images.repositories.values()])
    qualifier = "cdk-hnb659fds"
    assumed = [
        f"arn:{stack.partition}:iam::{stack.account}:role/{qualifier}-{kind}-role-{stack.account}-{stack.region}"
        for kind in BOOTSTRAP_ROLES
    ]
    allow(role, ["sts:AssumeRole"], assumed)
    CfnOutput(scope, "DeployRoleArn", value=role.role_arn)
    return role
