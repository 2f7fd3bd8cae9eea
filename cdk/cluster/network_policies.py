"""Network policies, as plain values: everything is denied, and each pod's own connections are allowed."""

from collections.abc import Sequence

from cdk.cluster.objects import Manifest, manifest


def deny_all(namespace: str) -> Manifest:
    return _policy("deny-all", namespace, {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]})


def network_policy(
    name: str, namespace: str, *, pods: Manifest, egress: Sequence[Manifest], ingress: Sequence[Manifest] = ()
) -> Manifest:
    """`pods`: a selector; {} is all of the namespace. Nobody calls them without `ingress`."""
    spec = {
        "podSelector": pods,
        "policyTypes": ["Ingress", "Egress"],
        **({"ingress": list(ingress)} if ingress else {}),
        "egress": list(egress),
    }
    return _policy(name, namespace, spec)


def to_cidr(cidr: str, port: int) -> Manifest:
    """A rule of egress."""
    return {"to": [{"ipBlock": {"cidr": cidr}}], "ports": [{"protocol": "TCP", "port": port}]}


def egress_to_aws() -> list[Manifest]:
    """Names, the Pod Identity agent of the node, and AWS's APIs.

    The APIs' addresses change and S3's are public, so any address is allowed on 443: the workers' subnets have no
    route to any other.
    """
    return [
        {"ports": [{"protocol": "UDP", "port": 53}, {"protocol": "TCP", "port": 53}]},
        to_cidr("169.254.170.23/32", 80),
        to_cidr("0.0.0.0/0", 443),
    ]


def _policy(name: str, namespace: str, spec: Manifest) -> Manifest:
    return manifest("NetworkPolicy", "networking.k8s.io/v1", name, namespace, spec=spec)
