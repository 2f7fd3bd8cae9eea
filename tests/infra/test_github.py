"""What GitHub's workflows may become, and from which repository."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App

from cdk.environments import DEV, GITHUB_SUBJECT
from cdk.stacks.delivery import DeliveryStack
from tests.infra.built import SUBJECT
from tests.infra.templates import STAGES, Template, as_list, text

stage_by_name = pytest.mark.parametrize("stage", STAGES)


def test_roles_trust_the_repository_by_the_subject_of_its_tokens(built: Any) -> None:
    """Its tokens name a young repository by numbers, too: a subject made from its name would be nobody's."""
    subjects = {
        statement["Condition"]["StringEquals"]["token.actions.githubusercontent.com:sub"]
        for name, role in built("delivery").of_type("AWS::IAM::Role").items()
        if name.startswith(("Deploy", "Diff"))
        for statement in role["AssumeRolePolicyDocument"]["Statement"]
    }
    assert subjects == {f"{SUBJECT}:environment:dev", f"{SUBJECT}:environment:dev-diff"}


def test_deploy_role_may_write_dags_to_the_airflow_folder_only(built: Any) -> None:
    statements = [statement for name, statement in built("delivery").statements() if name.startswith("Deploy")]
    on_dags = [statement for statement in statements if "airflow-of-dev" in text(statement["Resource"])]
    assert [(as_list(s["Action"]), text(s["Resource"]).rpartition(":")[2], s.get("Condition")) for s in on_dags] == [
        (["s3:ListBucket"], "airflow-of-dev", {"StringLike": {"s3:prefix": "code/dags/*"}}),
        (["s3:DeleteObject", "s3:PutObject"], "airflow-of-dev/code/dags/*", None),
    ]


@stage_by_name
def test_diff_role_may_only_assume_the_lookup_role(stacks: Any, stage: str) -> None:
    allowed = stacks(stage, "delivery").allowed("Diff")
    assert set(allowed) == {"sts:AssumeRole"}
    (assumed,) = allowed["sts:AssumeRole"]
    assert ":role/cdk-hnb659fds-lookup-role-" in assumed
    (trust,) = stacks(stage, "delivery").one("AWS::IAM::Role", "Diff")["AssumeRolePolicyDocument"]["Statement"]
    subject = trust["Condition"]["StringEquals"]["token.actions.githubusercontent.com:sub"]
    assert subject.endswith(f":environment:{stage}-diff")


@pytest.mark.parametrize("has_provider", [True, False])
def test_identity_provider_is_created_only_where_the_account_has_none(has_provider: bool, tmp_path: Path) -> None:
    """IAM refuses a second provider of the same issuer."""

    app = App(outdir=str(tmp_path), analytics_reporting=False, tree_metadata=False)
    DeliveryStack(app, "delivery", environment=replace(DEV, has_github_provider=has_provider))
    app.synth()
    template = Template(json.loads((tmp_path / "delivery.template.json").read_text()))
    assert len(template.of_type("AWS::IAM::OIDCProvider")) == (0 if has_provider else 1)
    there = "arn:<AWS::Partition>:iam::<AWS::AccountId>:oidc-provider/token.actions.githubusercontent.com"
    for role in template.of_type("AWS::IAM::Role").values():
        (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
        assert text(statement["Principal"]["Federated"]) == (there if has_provider else "<GitHub.Arn>")


@stage_by_name
def test_deploy_role_trusts_one_environment_of_one_repository(stacks: Any, stage: str) -> None:
    role = stacks(stage, "delivery").one("AWS::IAM::Role", "Deploy")
    (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Action"] == "sts:AssumeRoleWithWebIdentity"
    assert statement["Condition"] == {
        "StringEquals": {
            "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
            "token.actions.githubusercontent.com:sub": f"{GITHUB_SUBJECT}:environment:{stage}",
        }
    }


@stage_by_name
def test_deploy_role_assumes_only_the_bootstrap_roles(stacks: Any, stage: str) -> None:
    assumed = stacks(stage, "delivery").allowed("Deploy")["sts:AssumeRole"]
    assert len(assumed) == 4
    assert all(":role/cdk-hnb659fds-" in arn and "*" not in arn for arn in assumed)
