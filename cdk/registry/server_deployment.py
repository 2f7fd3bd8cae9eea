"""The deployment of MLflow's server, as a plain value."""

from collections.abc import Mapping

from cdk.cluster.deployments import container_security, deployment, pod, variables
from cdk.cluster.objects import Manifest

NAMESPACE = "registry"
NAME = "mlflow"
PORT = 5000
PASSWORD_SECRET = "registry-database"  # noqa: S105 - a name


def server_deployment(*, image: str, settings: Mapping[str, str], replicas: int) -> Manifest:
    return deployment(
        NAME,
        NAMESPACE,
        replicas=replicas,
        max_surge=1,
        pod=pod(
            NAME,
            container=_container(image, settings),
            volumes=[{"name": "tmp", "emptyDir": {"sizeLimit": "4Gi"}}, _password_volume()],
        ),
    )


def _container(image: str, settings: Mapping[str, str]) -> Manifest:
    password = {"name": "PGPASSWORD", "valueFrom": {"secretKeyRef": {"name": PASSWORD_SECRET, "key": "password"}}}
    return {
        "name": NAME,
        "image": image,
        "imagePullPolicy": "IfNotPresent",
        "ports": [{"containerPort": PORT, "name": "http"}],
        "env": [*variables(settings), password],
        "resources": {"requests": {"cpu": "500m", "memory": "2Gi"}, "limits": {"memory": "2Gi"}},
        **_probes(),
        "securityContext": container_security(),
        "volumeMounts": [
            {"name": "tmp", "mountPath": "/tmp"},  # noqa: S108 - a mount of its own
            {"name": "password", "mountPath": "/mnt/password", "readOnly": True},
        ],
    }


def _probes() -> Manifest:
    is_up = {"httpGet": {"path": "/health", "port": PORT}, "timeoutSeconds": 5}
    return {
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
    }


def _password_volume() -> Manifest:
    return {
        "name": "password",
        "csi": {
            "driver": "secrets-store.csi.k8s.io",
            "readOnly": True,
            "volumeAttributes": {"secretProviderClass": NAME},
        },
    }
