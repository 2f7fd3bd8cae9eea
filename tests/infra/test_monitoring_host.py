"""The monitoring host: inside the network, and able to replace itself."""

import json
import re
from typing import Any

import pytest

from labeler.settings import MonitoringHostSettings
from tests.infra.templates import ROOT, STAGES, text

pytestmark = pytest.mark.parametrize("stage", STAGES)
RELEASE = json.loads((ROOT / "cdk.json").read_text())["context"]["release"]


def test_group_keeps_one_host_and_replaces_it_each_week(stacks: Any, stage: str) -> None:
    fleet = stacks(stage, "monitoring").one("AWS::AutoScaling::AutoScalingGroup")
    assert (fleet["MinSize"], fleet["MaxSize"]) == ("1", "1")
    assert fleet["MaxInstanceLifetime"] == 7 * 86400
    assert all("Vpcsystem" in text(subnet) for subnet in fleet["VPCZoneIdentifier"])


def test_host_takes_no_connections_from_the_network(stacks: Any, stage: str) -> None:
    template = stacks(stage, "monitoring")
    data = template.one("AWS::EC2::LaunchTemplate")["LaunchTemplateData"]
    assert data["MetadataOptions"] == {"HttpPutResponseHopLimit": 1, "HttpTokens": "required"}
    assert "KeyName" not in data
    assert data["BlockDeviceMappings"][0]["Ebs"]["Encrypted"] is True
    assert all("SecurityGroupIngress" not in group for group in template.of_type("AWS::EC2::SecurityGroup").values())
    assert template.of_type("AWS::EC2::SecurityGroupIngress") == {}


def test_container_starts_with_what_its_settings_read(stacks: Any, stage: str) -> None:
    script = text(
        stacks(stage, "monitoring").one("AWS::EC2::LaunchTemplate")["LaunchTemplateData"]["UserData"]["Fn::Base64"]
    )
    required = [name for name, field in MonitoringHostSettings.model_fields.items() if field.is_required()]
    assert all(f"--env LABELER_{name.upper()}=" in script for name in required)
    assert "Restart=always" in script
    variables = dict(pair.split("=", 1) for pair in re.findall(r"--env (LABELER_\S+)", script))
    assert set(MonitoringHostSettings.from_environment(variables).as_environment()) == set(variables)
    entry = re.search(r"^ENTRYPOINT (.*)$", (ROOT / "containers/monitoring/Dockerfile").read_text(), re.MULTILINE)
    assert entry
    assert entry[1] == '["labeler", "monitor", "up"]', "nothing is said after the image: its entry point is what runs"
    (started,) = re.findall(r"^ExecStart=(/usr/bin/docker run.*)$", script, re.MULTILINE)
    assert started.endswith(f":{RELEASE}")
    assert "--read-only" in script


def test_host_whose_start_fails_tries_again_and_asks_for_its_replacement(stacks: Any, stage: str) -> None:
    """Login and image belong to the unit, which is restarted; the check runs before anything that may fail."""
    template = stacks(stage, "monitoring")
    script = text(template.one("AWS::EC2::LaunchTemplate")["LaunchTemplateData"]["UserData"]["Fn::Base64"])
    before, _, after = script.partition("dnf install")
    assert "docker login" in before.partition("ExecStart=/usr/bin/docker")[0]
    assert "ExecStartPre=/usr/bin/docker pull" in before
    assert "docker login" not in after
    assert "systemctl enable --now labeler-monitoring-look.timer" in before
    assert "set-instance-health" in before
    assert "autoscaling:SetInstanceHealth" in template.allowed("HostRole")


def test_release_whose_page_does_not_come_is_rolled_back(stacks: Any, stage: str) -> None:
    template = stacks(stage, "monitoring")
    (fleet,) = (r for r in template.resources.values() if r["Type"] == "AWS::AutoScaling::AutoScalingGroup")
    rolling = fleet["UpdatePolicy"]["AutoScalingRollingUpdate"]
    assert (rolling["MinInstancesInService"], rolling["WaitOnResourceSignals"]) == (0, True)
    script = text(template.one("AWS::EC2::LaunchTemplate")["LaunchTemplateData"]["UserData"]["Fn::Base64"])
    assert "cfn-signal" in script.partition("set -euo")[0]
    assert "until curl" in script.rstrip().splitlines()[-1], "what ends well is the page, not the commands before it"
