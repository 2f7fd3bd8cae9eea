"""Where images live, and who may bring them: one GitHub repository's workflows, for one stage."""

from collections.abc import Mapping

from aws_cdk import CfnOutput, Duration, Stack
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_iam as iam
from constructs import Construct

from environments import GITHUB_REPOSITORY, GITHUB_SUBJECT, Environment
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
FINDINGS = ("DescribeImageScanFindings",)
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

    def of(self, name: str, images: Mapping[str, str]) -> str:
        """`images`: digest or tag by name. A digest is the bytes that every stage before this one ran."""
        return self.repositories[name].repository_uri_for_tag_or_digest(images[name])


class GitHub(Construct):
    """What GitHub's workflows of one repository may become, by the GitHub environment that their job runs in."""

    def __init__(self, scope: Construct, construct_id: str, *, environment: Environment, images: Images) -> None:
        super().__init__(scope, construct_id)
        refuse_placeholder(self, "RepositoryIsNamed", value=GITHUB_REPOSITORY, where="GITHUB_REPOSITORY")
        refuse_placeholder(self, "SubjectIsNamed", value=GITHUB_SUBJECT, where="GITHUB_SUBJECT")
        self._provider_arn = self._provider(is_there=environment.has_github_provider)
        self.deploy = self._role("Deploy", environment.name, f"deploy {environment.name}")
        allow(
            self.deploy,
            ["ecr:GetAuthorizationToken"],
            ["*"],
            why_any="the token is the registry's, not a repository's: AWS takes no resource here",
        )
        repositories = [repository.repository_arn for repository in images.repositories.values()]
        allow(self.deploy, [f"ecr:{action}" for action in (*PUSH, *FINDINGS)], repositories)
        allow(self.deploy, ["sts:AssumeRole"], _bootstrap_roles(self, *BOOTSTRAP_ROLES))
        # here, not with the pipeline: before the first deployment `labeler release check` has to hear that it is not there
        stack = Stack.of(self)
        pipeline = f"stack/labeler-{environment.name}-pipeline/*"
        allow(
            self.deploy,
            ["cloudformation:DescribeStacks"],
            [f"arn:{stack.partition}:cloudformation:{stack.region}:{stack.account}:{pipeline}"],
            why_any="a stack is looked up by its name, and the id behind it is made with the stack",
        )
        if environment.dags_uri:
            self._let_bring_dags(environment.dags_uri.removeprefix("s3://").rstrip("/"))
        # whoever approves wants to see the difference before: this role can only look
        self.diff = self._role("Diff", f"{environment.name}-diff", f"look at {environment.name}")
        allow(self.diff, ["sts:AssumeRole"], _bootstrap_roles(self, "lookup"))

    def _provider(self, *, is_there: bool) -> str:
        """The ARN. It holds the account and the issuer only, so one that somebody else made has the same."""
        stack = Stack.of(self)
        if is_there:
            return f"arn:{stack.partition}:iam::{stack.account}:oidc-provider/{ISSUER}"
        return iam.CfnOIDCProvider(
            stack, "GitHub", url=f"https://{ISSUER}", client_id_list=["sts.amazonaws.com"]
        ).attr_arn

    def _let_bring_dags(self, folder: str) -> None:
        """`folder`: bucket/prefix. The bucket is Airflow's, no stack of ours has it."""
        bucket, _, prefix = folder.partition("/")
        within = f"{prefix}/*" if prefix else "*"
        arn = f"arn:{Stack.of(self).partition}:s3:::{bucket}"
        allow(self.deploy, ["s3:ListBucket"], [arn], conditions={"StringLike": {"s3:prefix": within}})
        allow(
            self.deploy,
            ["s3:DeleteObject", "s3:PutObject"],
            [f"{arn}/{within}"],
            why_any="each file of the folder is a DAG",
        )

    def _role(self, name: str, github_environment: str, what: str) -> iam.Role:
        """For jobs that run in that GitHub environment, whose rules say who approves."""
        subject = f"{GITHUB_SUBJECT}:environment:{github_environment}"
        role = iam.Role(
            Stack.of(self),
            name,
            description=f"GitHub workflows that {what}",
            # a new environment's cluster and database take most of an hour
            max_session_duration=Duration.hours(2),
            assumed_by=iam.WebIdentityPrincipal(
                self._provider_arn,
                {"StringEquals": {f"{ISSUER}:aud": "sts.amazonaws.com", f"{ISSUER}:sub": subject}},
            ),
        )
        CfnOutput(Stack.of(self), f"{name}RoleArn", value=role.role_arn)
        return role


def _bootstrap_roles(scope: Construct, *kinds: str) -> list[str]:
    """Deploying goes through the roles that `cdk bootstrap` made; ours can do next to nothing themselves."""
    stack, qualifier = Stack.of(scope), "cdk-hnb659fds"
    return [
        f"arn:{stack.partition}:iam::{stack.account}:role/{qualifier}-{kind}-role-{stack.account}-{stack.region}"
        for kind in kinds
    ]
