"""The directory that the pods of an experiment share: a volume that is there already, and the one claim on it."""

from workloads.jobs import NAMESPACE
from workloads.objects import Manifest, named

CLAIM = "experiments"
"""What Airflow mounts, unless its variable `labeler_experiments_claim` says otherwise."""
DRIVER = "efs.csi.aws.com"
SIZE = "100Gi"
"""Kubernetes wants one; EFS grows as it is written to, and nothing is refused at this size."""
SHARED = {"accessModes": ["ReadWriteMany"], "storageClassName": ""}
"""No class: nothing is ever made for this claim."""


def manifests(*, handle: str) -> list[Manifest]:
    """`handle`: file system and access point, as the driver names them."""
    return [persistent_volume(handle), claim()]


def persistent_volume(handle: str) -> Manifest:
    """`iam`: the driver says who it is, or the file system refuses it."""
    return named(
        "PersistentVolume",
        "v1",
        CLAIM,
        spec={
            **SHARED,
            "capacity": {"storage": SIZE},
            "volumeMode": "Filesystem",
            "persistentVolumeReclaimPolicy": "Retain",
            "claimRef": {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "name": CLAIM, "namespace": NAMESPACE},
            "mountOptions": ["tls", "iam"],
            "csi": {"driver": DRIVER, "volumeHandle": handle},
        },
    )


def claim() -> Manifest:
    return named(
        "PersistentVolumeClaim",
        "v1",
        CLAIM,
        NAMESPACE,
        spec={**SHARED, "volumeName": CLAIM, "resources": {"requests": {"storage": SIZE}}},
    )
