"""EC2's quotas that docs/deploy.md asks for are those that the stages need."""

import re
from typing import Any

import pytest

from cdk.costs.quotas import HOST_CPUS, ON_DEMAND, SPOT, needed_cpus, table
from cdk.environments import DEV, ENVIRONMENTS
from tests.infra.objects import manifest
from tests.infra.templates import ROOT, STAGES


def test_page_requests_the_quotas_that_the_stages_need() -> None:
    page = (ROOT / "docs/deploy.md").read_text(encoding="utf-8")
    assert table() in page
    requested = re.findall(r"request-service-quota-increase .* --quota-code (\S+) --desired-value (\d+)", page)
    assert {code: int(cpus) for code, cpus in requested} == needed_cpus(DEV), "the page's own stage is dev"
    assert "aws iam create-service-linked-role --aws-service-name spot.amazonaws.com" in page


@pytest.mark.parametrize("stage", STAGES)
def test_quotas_have_room_for_all_workers_and_the_standing_machines(stacks: Any, stage: str) -> None:
    quotas = needed_cpus(ENVIRONMENTS[stage])
    pool = manifest(stacks(stage, "cluster"), "NodePool", "workers")["spec"]
    (types,) = (
        each["values"]
        for each in pool["template"]["spec"]["requirements"]
        if each["key"] == "karpenter.sh/capacity-type"
    )
    assert ("spot" in types) is (SPOT in quotas)
    assert quotas.get(SPOT, int(pool["limits"]["cpu"])) == int(pool["limits"]["cpu"])
    host = stacks(stage, "monitoring").one("AWS::EC2::LaunchTemplate")["LaunchTemplateData"]["InstanceType"]
    assert (host, HOST_CPUS) == ("t3.medium", 2)
    workers = int(pool["limits"]["cpu"]) if "on-demand" in types else 0
    assert quotas[ON_DEMAND] > workers + HOST_CPUS
