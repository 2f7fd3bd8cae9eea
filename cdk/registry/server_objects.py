"""The Kubernetes objects of MLflow's server: behind the endpoint's balancer, reached from inside the network only."""

import json
from dataclasses import dataclass

from cdk.cluster.deployments import disruption_budget
from cdk.cluster.network_policies import deny_all, egress_to_aws, network_policy, to_cidr
from cdk.cluster.objects import Manifest, manifest, selector, service_account
from cdk.registry.server_deployment import NAME, NAMESPACE, PASSWORD_SECRET, PORT, server_deployment


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    host: str
    port: int
    name: str
    user: str
    secret_arn: str
    """Of the secret with `password`, which RDS changes each week."""


def server_manifests(
    *,
    image: str,
    database: Database,
    bucket: str,
    allowed_hosts: str,
    region: str,
    replicas: int,
    targets_arn: str,
    cidr: str,
) -> list[Manifest]:
    """`cidr`: the network's; clients and the balancer call from there, the database answers from there."""
    settings = _settings(database, bucket=bucket, allowed_hosts=allowed_hosts, region=region)
    return [
        service_account(NAME, NAMESPACE),
        _password_from_secrets_manager(database, region),
        server_deployment(image=image, settings=settings, replicas=replicas),
        _service(),
        _target_group_binding(targets_arn),
        disruption_budget(NAME, NAMESPACE, max_unavailable=1),
        deny_all(NAMESPACE),
        network_policy(
            NAME,
            NAMESPACE,
            pods=selector(NAME),
            ingress=[{"from": [{"ipBlock": {"cidr": cidr}}], "ports": [{"protocol": "TCP", "port": PORT}]}],
            egress=[*egress_to_aws(), to_cidr(cidr, database.port)],
        ),
    ]


def _settings(database: Database, *, bucket: str, allowed_hosts: str, region: str) -> dict[str, str]:
    """What containers/mlflow/serve needs: MLflow's and PostgreSQL's own names. The password comes from the secret."""
    return {
        "MLFLOW_BACKEND_STORE_URI": "postgresql+psycopg2://",
        "PGHOST": database.host,
        "PGPORT": str(database.port),
        "PGDATABASE": database.name,
        "PGUSER": database.user,
        "PGSSLMODE": "require",
        "MLFLOW_ARTIFACTS_DESTINATION": f"s3://{bucket}/artifacts",
        "MLFLOW_SERVER_ALLOWED_HOSTS": allowed_hosts,
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
    }


def _password_from_secrets_manager(database: Database, region: str) -> Manifest:
    """Copied into a Kubernetes secret as long as a pod mounts it, and again whenever it changes."""
    password = {
        "objectName": database.secret_arn,
        "objectType": "secretsmanager",
        "jmesPath": [{"path": "password", "objectAlias": "password"}],
    }
    spec = {
        "provider": "aws",
        # the provider reads YAML, of which JSON is a part
        "parameters": {"region": region, "usePodIdentity": "true", "objects": json.dumps([password])},
        "secretObjects": [
            {"secretName": PASSWORD_SECRET, "type": "Opaque", "data": [{"objectName": "password", "key": "password"}]}
        ],
    }
    return manifest("SecretProviderClass", "secrets-store.csi.x-k8s.io/v1", NAME, NAMESPACE, spec=spec)


def _service() -> Manifest:
    port = {"name": "http", "port": PORT, "targetPort": PORT, "protocol": "TCP"}
    spec = {"selector": selector(NAME)["matchLabels"], "ports": [port]}
    return manifest("Service", "v1", NAME, NAMESPACE, spec=spec)


def _target_group_binding(targets_arn: str) -> Manifest:
    spec = {"serviceRef": {"name": NAME, "port": PORT}, "targetGroupARN": targets_arn, "targetType": "ip"}
    return manifest("TargetGroupBinding", "eks.amazonaws.com/v1", NAME, NAMESPACE, spec=spec)
