"""The directory that the pods of an experiment share: a volume that is there already, and the one claim on it."""

from cdk.cluster.objects import Manifest, manifest

CLAIM = "experiments"
"""What Airflow mounts, unless its variable `labeler_experiments_claim` says otherwise."""
DRIVER = "efs.csi.aws.com"
SIZE = "100Gi"
"""Kubernetes wants one; EFS grows as it is written to, and nothing is refused at this size."""
SHARED = {"accessModes": ["ReadWriteMany"], "storageClassName": ""}
"""No class: nothing is ever made for this claim."""


def volume_manifests(*, handle: str, namespace: str) -> list[Manifest]:
    """`handle`: file system and access point, as the driver names them. `namespace`: of the pods that mount it."""
    return [_volume(handle, namespace), _claim(namespace)]


def _volume(handle: str, namespace: str) -> Manifest:
    """`iam`: the driver says who it is, or the file system refuses it."""
    return manifest(
        "PersistentVolume",
        "v1",
        CLAIM,
        spec={
            **SHARED,
            "capacity": {"storage": SIZE},
            "volumeMode": "Filesystem",
            "persistentVolumeReclaimPolicy": "Retain",
            "claimRef": {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "name": CLAIM, "namespace": namespace},
            "mountOptions": ["tls", "iam"],
            "csi": {"driver": DRIVER, "volumeHandle": handle},
        },
    )


def _claim(namespace: str) -> Manifest:
    spec = {**SHARED, "volumeName": CLAIM, "resources": {"requests": {"storage": SIZE}}}
    return manifest("PersistentVolumeClaim", "v1", CLAIM, namespace, spec=spec)
