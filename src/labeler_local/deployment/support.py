"""Which stacks and resource types the emulator supports, and why not the others. docs/deploy-local.md lists the same."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class UnsupportedStack:
    error: str
    """What the CDK prints."""
    reason: str


LOCAL, PLATFORM = "local", "dev"
RUN_STACKS = ("local/data", "local/pipeline", "local/observability")
"""The daily run needs these."""
PLATFORM_STACKS = ("dev/network", "dev/delivery", "dev/data", "dev/experiments", "dev/pipeline", "dev/monitoring")
"""Of a stage with a platform: deployed and destroyed."""
SUPPORTED_STACKS = (*RUN_STACKS, *PLATFORM_STACKS)
UNSUPPORTED_STACKS = {
    "dev/registry": UnsupportedStack(
        "Template error: resource DBInstance does not support attribute type MasterUserSecret.SecretArn in Fn::GetAtt",
        "moto's CloudFormation has no password that RDS manages, and its load balancers no TCP listener",
    ),
    "dev/cluster": UnsupportedStack(
        "Stack labeler-dev-cluster already exists",
        "moto's CloudFormation has no EKS and answers 500; this is what the CDK's second try hears. "
        "kubectl's custom resources are functions that moto could not run",
    ),
    "dev/observability": UnsupportedStack(
        "No export named labeler-dev-registry:",
        "its alarms name the registry's database and load balancer; local/observability has the others",
    ),
}
NOT_DESTROYED = {"dev/network": "moto's CloudFormation deletes no route tables, and a VPC not before them"}

IGNORED_TYPES = {
    "AWS::S3::BucketPolicy": "moto evaluates such a policy without its conditions: TLS only would deny everything",
    "AWS::SQS::QueuePolicy": "moto lets everybody into a queue",
    "AWS::SNS::TopicPolicy": "moto lets everybody publish",
}
"""Resource types that moto silently leaves out of a stack."""
