"""Who may bring images and deploy: one GitHub repository's workflows, for one stage."""

from aws_cdk import CfnOutput, Duration, Stack
from aws_cdk import aws_iam as iam
from constructs import Construct

from cdk.access import allow
from cdk.delivery.images import Images
from cdk.environment import Environment
from cdk.environments import GITHUB_REPOSITORY, GITHUB_SUBJECT
from cdk.placeholder import refuse_placeholder

ISSUER = "token.actions.githubusercontent.com"
PUSH = (
    "BatchCheckLayerAvailability", "BatchGetImage", "CompleteLayerUpload", "GetDownloadUrlForLayer",
    "InitiateLayerUpload", "PutImage", "UploadLayerPart",
)  # fmt: skip
FINDINGS = ("DescribeImageScanFindings",)
BOOTSTRAP_ROLES = ("deploy", "file-publishing", "image-publishing", "lookup")


class GitHub(Construct):
    """What GitHub's workflows of one repository may become, by the GitHub environment that their job runs in."""

    def __init__(self, scope: Construct, construct_id: str, *, environment: Environment, images: Images) -> None:
        super().__init__(scope, construct_id)
        refuse_placeholder(self, "RepositoryIsNamed", value=GITHUB_REPOSITORY, where="GITHUB_REPOSITORY")
        refuse_placeholder(self, "SubjectIsNamed", value=GITHUB_SUBJECT, where="GITHUB_SUBJECT")
        self._provider_arn = self._provider(is_there=environment.has_github_provider)
        self.deploy = self._role("Deploy", environment.name, f"deploy {environment.name}")
        self._allow_images(images)
        allow(self.deploy, ["sts:AssumeRole"], _bootstrap_roles(self, *BOOTSTRAP_ROLES))
        self._allow_finding_pipeline(environment.name)
        if environment.dags_uri:
            self._allow_dags(environment.dags_uri.removeprefix("s3://").rstrip("/"))
        # whoever approves wants to see the difference before: this role can only read
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

    def _allow_images(self, images: Images) -> None:
        allow(
            self.deploy,
            ["ecr:GetAuthorizationToken"],
            ["*"],
            why_any="the token is the registry's, not a repository's: AWS takes no resource here",
        )
        repositories = [repository.repository_arn for repository in images.repositories.values()]
        allow(self.deploy, [f"ecr:{action}" for action in (*PUSH, *FINDINGS)], repositories)

    def _allow_finding_pipeline(self, stage: str) -> None:
        """Here, not with the pipeline: before the first deployment `labeler release check` has to find that it is not there."""
        stack = Stack.of(self)
        pipeline = f"stack/labeler-{stage}-pipeline/*"
        allow(
            self.deploy,
            ["cloudformation:DescribeStacks"],
            [f"arn:{stack.partition}:cloudformation:{stack.region}:{stack.account}:{pipeline}"],
            why_any="a stack is looked up by its name, and the id behind it is made with the stack",
        )

    def _allow_dags(self, folder: str) -> None:
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

    def _role(self, name: str, github_environment: str, purpose: str) -> iam.Role:
        """For jobs that run in that GitHub environment, whose rules say who approves."""
        subject = f"{GITHUB_SUBJECT}:environment:{github_environment}"
        role = iam.Role(
            Stack.of(self),
            name,
            description=f"GitHub workflows that {purpose}",
            # a new environment's cluster and database take most of an hour
            max_session_duration=Duration.hours(2),
            assumed_by=iam.WebIdentityPrincipal(
                self._provider_arn,
                {"StringEquals": {f"{ISSUER}:aud": "sts.amazonaws.com", f"{ISSUER}:sub": subject}},
            ),
        )
        CfnOutput(Stack.of(self), f"{name}RoleArn", value=role.role_arn)
        return role


def _bootstrap_roles(scope: Construct, *purposes: str) -> list[str]:
    """Deploying goes through the roles that `cdk bootstrap` made; ours can do next to nothing themselves."""
    stack, qualifier = Stack.of(scope), "cdk-hnb659fds"
    return [
        f"arn:{stack.partition}:iam::{stack.account}:role/{qualifier}-{purpose}-role-{stack.account}-{stack.region}"
        for purpose in purposes
    ]
