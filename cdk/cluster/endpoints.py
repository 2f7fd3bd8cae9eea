"""Services of AWS that have an address of their own inside the network, as data."""

# What runs inside the network calls: the run itself (sqs, sts, logs, lambda), starting nodes and pods (ec2, ecr, eks),
# KEDA (monitoring), the registry's credentials (secretsmanager) and a person's session (ssm).
INTERFACE_ENDPOINTS = (
    "sqs", "sts", "logs", "lambda", "ec2", "ecr.api", "ecr.dkr", "eks", "eks-auth", "monitoring", "secretsmanager",
    "ssm", "ssmmessages",
)  # fmt: skip
