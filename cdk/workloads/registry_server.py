"""MLflow's server: behind the balancer that the registry stack made, reached from inside the network only."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from workloads.objects import (
    Manifest,
    container_security,
    deny_all,
    egress_to_aws,
    named,
    pod_security,
    selector,
    service_account,
    spread_over_zones,
    variables,
)

NAMESPACE = "registry"
NAME = "mlflow"
PORT = 5000
DATABASE_PORT = 5432
SECRET = "registry-database"  # noqa: S105 - a name


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    host: str
    name: str
    user: str
    secret_arn: str
    """Of the secret with `password`, which RDS changes each week."""


def manifests(
    *,
    image: str,
    database: Database,
    bucket: str,
    clients_come_by: str,
    region: str,
    replicas: int,
    targets_arn: str,
    cidr: str,
) -> list[Manifest]:
    """`cidr`: the network's; clients and the balancer call from there, the database answers from there."""
    settings = server_variables(database, bucket=bucket, clients_come_by=clients_come_by, region=region)
    return [
        service_account(NAME, NAMESPACE),
        password_from_secrets_manager(database, region),
        deployment(image=image, settings=settings, replicas=replicas),
        named("Service", "v1", NAME, NAMESPACE, spec={"selector": selector(NAME)["matchLabels"], "ports": [_port()]}),
        named(
            "TargetGroupBinding",
            "eks.amazonaws.com/v1",
            NAME,
            NAMESPACE,
            spec={"serviceRef": {"name": NAME, "port": PORT}, "targetGroupARN": targets_arn, "targetType": "ip"},
        ),
        named(
            "PodDisruptionBudget",
            "policy/v1",
            NAME,
            NAMESPACE,
            spec={"maxUnavailable": 1, "selector": selector(NAME)},
        ),
        deny_all(NAMESPACE),
        network_policy(cidr),
    ]


def server_variables(database: Database, *, bucket: str, clients_come_by: str, region: str) -> dict[str, str]:
    """What containers/mlflow/serve asks for: MLflow's and PostgreSQL's own names. The password comes from the secret."""
    return {
        "MLFLOW_BACKEND_STORE_URI": "postgresql+psycopg2://",
        "PGHOST": database.host,
        "PGPORT": str(DATABASE_PORT),
        "PGDATABASE": database.name,
        "PGUSER": database.user,
        "PGSSLMODE": "require",
        "MLFLOW_ARTIFACTS_DESTINATION": f"s3://{bucket}/artifacts",
        "MLFLOW_SERVER_ALLOWED_HOSTS": clients_come_by,
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
    }


def password_from_secrets_manager(database: Database, region: str) -> Manifest:
    """Copied into a Kubernetes secret as long as a pod mounts it, and again whenever it changes."""
    wanted = [
        {
            "objectName": database.secret_arn,
            "objectType": "secretsmanager",
            "jmesPath": [{"path": "password", "objectAlias": "password"}],
        }
    ]
    return named(
        "SecretProviderClass",
        "secrets-store.csi.x-k8s.io/v1",
        NAME,
        NAMESPACE,
        spec={
            "provider": "aws",
            # the provider reads YAML, of which JSON is a part
            "parameters": {"region": region, "usePodIdentity": "true", "objects": json.dumps(wanted)},
            "secretObjects": [
                {"secretName": SECRET, "type": "Opaque", "data": [{"objectName": "password", "key": "password"}]}
            ],
        },
    )


def deployment(*, image: str, settings: Mapping[str, str], replicas: int) -> Manifest:
    return named(
        "Deployment",
        "apps/v1",
        NAME,
        NAMESPACE,
        spec={
            "replicas": replicas,
            "selector": selector(NAME),
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1}},
            "template": {
                "metadata": {"labels": {"app.kubernetes.io/name": NAME, "app.kubernetes.io/part-of": "labeler"}},
                "spec": {
                    "serviceAccountName": NAME,
                    "automountServiceAccountToken": False,
                    "enableServiceLinks": False,
                    "topologySpreadConstraints": spread_over_zones(NAME),
                    "securityContext": pod_security(),
                    "containers": [_container(image, settings)],
                    "volumes": [
                        {"name": "tmp", "emptyDir": {"sizeLimit": "4Gi"}},
                        {
                            "name": "password",
                            "csi": {
                                "driver": "secrets-store.csi.k8s.io",
                                "readOnly": True,
                                "volumeAttributes": {"secretProviderClass": NAME},
                            },
                        },
                    ],
                },
            },
        },
    )


def _container(image: str, settings: Mapping[str, str]) -> Manifest:
    password = {"name": "PGPASSWORD", "valueFrom": {"secretKeyRef": {"name": SECRET, "key": "password"}}}
    is_up = {"httpGet": {"path": "/health", "port": PORT}, "timeoutSeconds": 5}
    return {
        "name": NAME,
        "image": image,
        "imagePullPolicy": "IfNotPresent",
        "ports": [{"containerPort": PORT, "name": "http"}],
        "env": [*variables(settings), password],
        "resources": {"requests": {"cpu": "500m", "memory": "2Gi"}, "limits": {"memory": "2Gi"}},
        # it takes half a minute to start, and makes its tables the first time
        "startupProbe": {**is_up, "periodSeconds": 10, "failureThreshold": 30},
        "readinessProbe": {**is_up, "periodSeconds": 10},
        # A password that changed is read only when the container starts: it starts again when it can't log in any more
        "livenessProbe": {
            "exec": {"command": ["python", "-c", "import psycopg2; psycopg2.connect('').close()"]},
            "periodSeconds": 60,
            "timeoutSeconds": 15,
            "failureThreshold": 5,
        },
        "securityContext": container_security(),
        "volumeMounts": [
            {"name": "tmp", "mountPath": "/tmp"},  # noqa: S108 - a mount of its own
            {"name": "password", "mountPath": "/mnt/password", "readOnly": True},
        ],
    }


def network_policy(cidr: str) -> Manifest:
    inside = [{"ipBlock": {"cidr": cidr}}]
    return named(
        "NetworkPolicy",
        "networking.k8s.io/v1",
        NAME,
        NAMESPACE,
        spec={
            "podSelector": selector(NAME),
            "policyTypes": ["Ingress", "Egress"],
            "ingress": [{"from": inside, "ports": [{"protocol": "TCP", "port": PORT}]}],
            "egress": [
                *egress_to_aws(),
                {"to": inside, "ports": [{"protocol": "TCP", "port": DATABASE_PORT}]},
            ],
        },
    )


def _port() -> Manifest:
    return {"name": "http", "port": PORT, "targetPort": PORT, "protocol": "TCP"}
