"""The registry: its database, its address, and MLflow's server."""

import json
import re
from typing import Any

import pytest

from cdk.environments import ENVIRONMENTS
from tests.infra.objects import manifest
from tests.infra.templates import ROOT, STAGES, text

pytestmark = pytest.mark.parametrize("stage", STAGES)


def test_database_is_private_encrypted_backed_up_and_its_password_managed(stacks: Any, stage: str) -> None:
    database = stacks(stage, "registry").one("AWS::RDS::DBInstance")
    assert database["PubliclyAccessible"] is False
    assert database["StorageEncrypted"] is True
    assert database["BackupRetentionPeriod"] == ENVIRONMENTS[stage].platform.database_backup_days >= 7
    assert database["ManageMasterUserPassword"] is True
    assert "MasterUserPassword" not in database
    assert int(str(database["EngineVersion"]).partition(".")[0]) >= 16
    assert database["DeletionProtection"] is ENVIRONMENTS[stage].retention.is_kept
    (group,) = stacks(stage, "registry").of_type("AWS::RDS::DBParameterGroup").values()
    assert group["Parameters"]["rds.force_ssl"] == "1"


def test_database_is_in_subnets_of_its_own(stacks: Any, stage: str) -> None:
    group = stacks(stage, "registry").one("AWS::RDS::DBSubnetGroup")
    assert all("Vpcdatabase" in text(subnet) for subnet in group["SubnetIds"])


def test_clients_are_configured_with_the_internal_address(stacks: Any, stage: str) -> None:
    template = stacks(stage, "registry")
    assert template.one("AWS::ElasticLoadBalancingV2::LoadBalancer")["Scheme"] == "internal"
    uri = stacks(stage, "pipeline").one("AWS::Lambda::Function", "ManifestFunction")["Environment"]["Variables"][
        "LABELER_REGISTRY_URI"
    ]
    record = template.one("AWS::Route53::RecordSet")
    listener = template.one("AWS::ElasticLoadBalancingV2::Listener")
    assert uri == f"http://{record['Name'].rstrip('.')}:{listener['Port']}"


def test_target_group_is_tagged_for_the_cluster(stacks: Any, stage: str) -> None:
    targets = stacks(stage, "registry").one("AWS::ElasticLoadBalancingV2::TargetGroup")
    name = stacks(stage, "cluster").one("AWS::EKS::Cluster")["Name"]
    assert {"Key": "eks:eks-cluster-name", "Value": name} in targets["Tags"]


def test_server_may_read_its_password_and_use_its_bucket(stacks: Any, stage: str) -> None:
    allowed = stacks(stage, "cluster").allowed("RegistryRole")
    assert set(allowed) == {
        "s3:ListBucket",
        "s3:GetObject",
        "s3:PutObject",
        "s3:DeleteObject",
        "kms:Decrypt",
        "kms:GenerateDataKey",
        "secretsmanager:GetSecretValue",
        # without it the driver mounts the first password and never hears of the next
        "secretsmanager:DescribeSecret",
    }
    assert all("Artifacts" in resource for resource in allowed["s3:GetObject"])
    assert allowed["secretsmanager:DescribeSecret"] == allowed["secretsmanager:GetSecretValue"]
    assert all("MasterUserSecret" in resource for resource in allowed["secretsmanager:GetSecretValue"])


def test_server_has_the_variables_that_it_refuses_to_start_without(stacks: Any, stage: str) -> None:

    (container,) = manifest(stacks(stage, "cluster"), "Deployment", "mlflow")["spec"]["template"]["spec"]["containers"]
    variables = {entry["name"]: entry.get("value") for entry in container["env"]}
    required = set(re.findall(r"\$\{(MLFLOW_\w+):-\}", (ROOT / "containers/mlflow/serve").read_text()))
    assert len(required) == 3
    assert required | {"PGHOST", "PGUSER", "PGDATABASE", "PGPASSWORD"} <= variables.keys()
    assert variables["PGPASSWORD"] is None  # from a secret, never a value
    assert variables["MLFLOW_BACKEND_STORE_URI"] == "postgresql+psycopg2://"
    function = stacks(stage, "pipeline").one("AWS::Lambda::Function", "ManifestFunction")
    inside, session = variables["MLFLOW_SERVER_ALLOWED_HOSTS"].split(",")
    assert function["Environment"]["Variables"]["LABELER_REGISTRY_URI"] == f"http://{inside}"
    assert session == "localhost:5000", "what .github/delivery/with-registry forwards"


def test_password_comes_from_secrets_manager_and_may_change(stacks: Any, stage: str) -> None:
    template = stacks(stage, "cluster")
    provided = manifest(template, "SecretProviderClass", "mlflow")["spec"]
    assert provided["parameters"]["usePodIdentity"] == "true"
    assert [alias["path"] for alias in json.loads(provided["parameters"]["objects"])[0]["jmesPath"]] == ["password"]
    pod = manifest(template, "Deployment", "mlflow")["spec"]["template"]["spec"]
    (password,) = (entry for entry in pod["containers"][0]["env"] if entry["name"] == "PGPASSWORD")
    assert password["valueFrom"]["secretKeyRef"]["name"] == provided["secretObjects"][0]["secretName"]
    assert any(volume.get("csi", {}).get("driver") == "secrets-store.csi.k8s.io" for volume in pod["volumes"])
    assert "psycopg2.connect" in pod["containers"][0]["livenessProbe"]["exec"]["command"][2]
