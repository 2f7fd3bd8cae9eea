"""Pods that Airflow starts: the steps of an experiment, and the drift report after a run.

Airflow brings the pod; here is what it stands on: a namespace, an account with a role and the process's variables for
each job, what it may reach, and what Airflow may do.
"""

from collections.abc import Mapping

from workloads.objects import Manifest, deny_all, egress_to_aws, named, namespace, service_account

NAMESPACE = "jobs"
TRAINER, DRIFT_REPORT = "trainer", "drift-report"
GROUP = "labeler:orchestrators"
"""Of Kubernetes; Airflow's access entry puts its role there."""
THRESHOLDS_FILE = "/etc/labeler/monitoring.yaml"
"""Where containers/monitoring/Dockerfile puts it."""


def manifests(
    *, trainer: Mapping[str, str], drift_report: Mapping[str, str], cidr: str, registry_port: int
) -> list[Manifest]:
    """The mappings are the processes' variables. `cidr`: the network's, in which the registry answers."""
    return [
        service_account(TRAINER, NAMESPACE),
        named("ConfigMap", "v1", TRAINER, NAMESPACE, data=dict(trainer)),
        service_account(DRIFT_REPORT, NAMESPACE),
        named("ConfigMap", "v1", DRIFT_REPORT, NAMESPACE, data=dict(drift_report)),
        deny_all(NAMESPACE),
        network_policy(cidr, registry_port),
        orchestrator_role(),
        orchestrator_binding(),
    ]


def home() -> Manifest:
    return namespace(NAMESPACE)


def network_policy(cidr: str, registry_port: int) -> Manifest:
    """Nobody calls a job. It calls AWS, GitHub (any address on 443) and the registry."""
    registry = {"to": [{"ipBlock": {"cidr": cidr}}], "ports": [{"protocol": "TCP", "port": registry_port}]}
    return named(
        "NetworkPolicy",
        "networking.k8s.io/v1",
        "jobs",
        NAMESPACE,
        spec={"podSelector": {}, "policyTypes": ["Ingress", "Egress"], "egress": [*egress_to_aws(), registry]},
    )


def orchestrator_role() -> Manifest:
    """What Airflow's pod operator does: start a pod, follow its log, read its result out of the sidecar, remove it."""
    return named(
        "Role",
        "rbac.authorization.k8s.io/v1",
        "orchestrator",
        NAMESPACE,
        rules=[
            _rule(["pods"], ["create", "delete", "get", "list", "patch", "watch"]),
            _rule(["pods/log"], ["get"]),
            _rule(["pods/exec"], ["create", "get"]),
            _rule(["events"], ["list", "watch"]),
        ],
    )


def orchestrator_binding() -> Manifest:
    return named(
        "RoleBinding",
        "rbac.authorization.k8s.io/v1",
        "orchestrator",
        NAMESPACE,
        subjects=[{"kind": "Group", "name": GROUP, "apiGroup": "rbac.authorization.k8s.io"}],
        roleRef={"kind": "Role", "name": "orchestrator", "apiGroup": "rbac.authorization.k8s.io"},
    )


def _rule(resources: list[str], verbs: list[str]) -> Manifest:
    return {"apiGroups": [""], "resources": resources, "verbs": verbs}
