"""Other people's software on the cluster, by Helm, in pinned versions."""

from dataclasses import dataclass
from typing import Any

from aws_cdk import Duration
from aws_cdk import aws_eks_v2 as eks
from constructs import Construct

from cdk.cluster.cluster import Cluster


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    repository: str
    name: str
    version: str
    namespace: str
    """Which is also the release's name."""


def add_chart(scope: Construct, *, cluster: Cluster, chart: Chart, values: dict[str, Any]) -> eks.HelmChart:
    """Rolled back as a whole when it does not come up."""
    return eks.HelmChart(
        scope,
        "Chart",
        cluster=cluster.eks,  # type: ignore[arg-type] # jsii: its own Cluster lacks a member of ICluster
        repository=chart.repository,
        chart=chart.name,
        version=chart.version,
        release=chart.namespace,
        namespace=chart.namespace,
        create_namespace=False,
        atomic=True,
        timeout=Duration.minutes(10),
        values=values,
    )
