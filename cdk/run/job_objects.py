"""Pods that Airflow starts: the steps of an experiment, and the drift report after a run.

Airflow brings the pod; here is what it stands on: a namespace, an account with a role and the process's variables for
each job, what it may reach, and what Airflow may do.
"""

from collections.abc import Mapping

from cdk.cluster.network_policies import deny_all, egress_to_aws, network_policy, to_cidr
from cdk.cluster.objects import Manifest, manifest, service_account

NAMESPACE = "jobs"
TRAINER, DRIFT_REPORT = "trainer", "drift-report"
GROUP = "labeler:orchestrators"
"""Of Kubernetes; Airflow's access entry puts its role there."""
THRESHOLDS_FILE = "/etc/labeler/monitoring.yaml"
"""Where containers/monitoring/Dockerfile puts it."""


def job_manifests(
    *, trainer: Mapping[str, str], drift_report: Mapping[str, str], cidr: str, registry_port: int
) -> list[Manifest]:
    """The mappings are the processes' variables. `cidr`: the network's, in which the registry answers."""
    # nobody calls a job; it calls AWS, GitHub (any address on 443) and the registry
    egress = [*egress_to_aws(), to_cidr(cidr, registry_port)]
    return [
        service_account(TRAINER, NAMESPACE),
        manifest("ConfigMap", "v1", TRAINER, NAMESPACE, data=dict(trainer)),
        service_account(DRIFT_REPORT, NAMESPACE),
        manifest("ConfigMap", "v1", DRIFT_REPORT, NAMESPACE, data=dict(drift_report)),
        deny_all(NAMESPACE),
        network_policy("jobs", NAMESPACE, pods={}, egress=egress),
        _orchestrator_role(),
        _orchestrator_binding(),
    ]


def _orchestrator_role() -> Manifest:
    """What Airflow's pod operator does: start a pod, follow its log, read its result out of the sidecar, remove it."""
    return manifest(
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


def _orchestrator_binding() -> Manifest:
    return manifest(
        "RoleBinding",
        "rbac.authorization.k8s.io/v1",
        "orchestrator",
        NAMESPACE,
        subjects=[{"kind": "Group", "name": GROUP, "apiGroup": "rbac.authorization.k8s.io"}],
        roleRef={"kind": "Role", "name": "orchestrator", "apiGroup": "rbac.authorization.k8s.io"},
    )


def _rule(resources: list[str], verbs: list[str]) -> Manifest:
    return {"apiGroups": [""], "resources": resources, "verbs": verbs}
