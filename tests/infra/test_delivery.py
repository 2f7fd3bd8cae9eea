"""What a workflow may do to a stage, and that a stage runs the bytes that were built once."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.infra.templates import STAGES, as_list, manifest, text

stage_by_name = pytest.mark.parametrize("stage", STAGES)
DIGESTS = {name: f"sha256:{number:064x}" for number, name in enumerate(("mlflow", "monitoring", "trainer", "worker"))}
SUBJECT = "repo:labeling@1234/labeler@5678"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, context: dict[str, Any]) -> Any:
    """`built("cluster")` is the template of dev as a build's file and a team's own data make it."""
    from aws_cdk import App

    import environments
    from app import build
    from parts import delivery
    from tests.infra.templates import Template

    folder = tmp_path_factory.mktemp("built")
    (folder / "release.json").write_text(json.dumps({"commit": "c" * 40, "images": DIGESTS}))
    wanted = {**context, "stages": "dev", "release": str(folder / "release.json")}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(delivery, "GITHUB_SUBJECT", SUBJECT)
        dev = replace(environments.DEV, dags_uri="s3://airflow-of-dev/code/dags/")
        patch.setitem(environments.ENVIRONMENTS, "dev", dev)
        build(App(outdir=str(folder / "out"), analytics_reporting=False, tree_metadata=False, context=wanted)).synth()

    def template(part: str) -> Template:
        (path,) = (folder / "out/assembly-dev").glob(f"dev{part}*.template.json")
        return Template(json.loads(path.read_text()))

    return template


def test_a_stage_runs_the_digests_of_the_build(built: Any) -> None:
    worker = manifest(built("cluster"), "Deployment", "worker")["spec"]["template"]["spec"]["containers"][0]["image"]
    server = manifest(built("cluster"), "Deployment", "mlflow")["spec"]["template"]["spec"]["containers"][0]["image"]
    script = text(built("monitoring").one("AWS::EC2::LaunchTemplate")["LaunchTemplateData"]["UserData"])
    assert worker.endswith(f"@{DIGESTS['worker']}")
    assert server.endswith(f"@{DIGESTS['mlflow']}")
    assert f"@{DIGESTS['monitoring']}" in script


def test_the_repository_is_known_by_what_github_calls_it(built: Any) -> None:
    """Its tokens name a young repository by numbers, too: a subject made from its name would be nobody's."""
    subjects = {
        statement["Condition"]["StringEquals"]["token.actions.githubusercontent.com:sub"]
        for name, role in built("delivery").of_type("AWS::IAM::Role").items()
        if name.startswith(("Deploy", "Diff"))
        for statement in role["AssumeRolePolicyDocument"]["Statement"]
    }
    assert subjects == {f"{SUBJECT}:environment:dev", f"{SUBJECT}:environment:dev-diff"}


def test_a_deployment_may_write_dags_where_airflow_reads_them_and_nowhere_beside(built: Any) -> None:
    statements = [statement for name, statement in built("delivery").statements() if name.startswith("Deploy")]
    on_dags = [statement for statement in statements if "airflow-of-dev" in text(statement["Resource"])]
    assert [(as_list(s["Action"]), text(s["Resource"]).rpartition(":")[2], s.get("Condition")) for s in on_dags] == [
        (["s3:ListBucket"], "airflow-of-dev", {"StringLike": {"s3:prefix": "code/dags/*"}}),
        (["s3:DeleteObject", "s3:PutObject"], "airflow-of-dev/code/dags/*", None),
    ]


def test_a_build_that_lacks_an_image_is_refused(tmp_path: Path) -> None:
    from app import images_of

    (tmp_path / "release.json").write_text(json.dumps({"images": {"worker": DIGESTS["worker"]}}))
    with pytest.raises(KeyError, match="trainer"):
        images_of(str(tmp_path / "release.json"))
    assert set(images_of("0.1.0").values()) == {"0.1.0"}


@stage_by_name
def test_who_looks_at_a_difference_can_change_nothing(stacks: Any, stage: str) -> None:
    allowed = stacks(stage, "delivery").allowed("Diff")
    assert set(allowed) == {"sts:AssumeRole"}
    (assumed,) = allowed["sts:AssumeRole"]
    assert ":role/cdk-hnb659fds-lookup-role-" in assumed
    (trust,) = stacks(stage, "delivery").one("AWS::IAM::Role", "Diff")["AssumeRolePolicyDocument"]["Statement"]
    subject = trust["Condition"]["StringEquals"]["token.actions.githubusercontent.com:sub"]
    assert subject.endswith(f":environment:{stage}-diff")


@pytest.mark.parametrize("has_provider", [True, False])
def test_an_account_trusts_github_once_however_many_stages_it_has(has_provider: bool, tmp_path: Path) -> None:
    """IAM refuses a second provider of the same issuer."""
    from dataclasses import replace

    from aws_cdk import App

    from environments import DEV
    from stacks.delivery import DeliveryStack
    from tests.infra.templates import Template

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
def test_a_deployment_settles_no_run_and_lands_files_of_the_smoke_day_only(stacks: Any, stage: str) -> None:
    allowed = stacks(stage, "pipeline").allowed("Releaser")
    assert {action for action in allowed if action.startswith(("dynamodb", "sqs", "lambda"))} == {
        "dynamodb:GetItem",
        "dynamodb:Query",
        "lambda:InvokeFunction",
    }
    landing = {resource for resource in allowed["s3:PutObject"] if "Raw" in resource}
    assert {resource.partition(">")[2] for resource in landing} == {"/landing/2000-01-01/*"}
    assert {resource.partition(">")[2] for resource in allowed["s3:PutObject"] - landing} == {"/releases/*"}
    assert not any("Labels" in resource for resources in allowed.values() for resource in resources)


@stage_by_name
def test_a_deployment_finds_the_stage_by_name_even_before_there_is_one(stacks: Any, assembly: Path, stage: str) -> None:
    """IAM asks for stack/NAME/* of a stack that is looked up by name. The pipeline's own stack could not grant it."""
    from labeler.runs.stages import stack_of

    allowed = stacks(stage, "delivery").allowed("Deploy")["cloudformation:DescribeStacks"]
    place = "arn:aws:cloudformation:eu-west-1:<AWS::AccountId>"
    assert allowed == {f"{place}:stack/{stack_of(stage)}/*"}
    artifacts = json.loads((assembly / f"assembly-{stage}/manifest.json").read_text())["artifacts"].values()
    assert stack_of(stage) in {artifact.get("properties", {}).get("stackName") for artifact in artifacts}


@stage_by_name
def test_the_way_to_the_registry_leads_through_the_monitoring_host_only(stacks: Any, stage: str) -> None:
    template = stacks(stage, "monitoring")
    (policy,) = (p for name, p in template.of_type("AWS::IAM::ManagedPolicy").items() if name.startswith("Registry"))
    sessions = [s for s in policy["PolicyDocument"]["Statement"] if s["Action"] == "ssm:StartSession"]
    on_machines = [s for s in sessions if "instance/" in text(s["Resource"])]
    assert [s["Condition"] for s in on_machines] == [
        {"StringEquals": {"aws:ResourceTag/aws:cloudformation:stack-name": f"labeler-{stage}-monitoring"}}
    ]
    documents = [text(r) for s in sessions if s not in on_machines for r in as_list(s["Resource"])]
    assert [document.rpartition("/")[2] for document in documents] == ["AWS-StartPortForwardingSessionToRemoteHost"]


@stage_by_name
def test_what_a_deployment_may_do_is_given_to_the_deploying_role(stacks: Any, stage: str) -> None:
    for part, begins in (("pipeline", "Releaser"), ("monitoring", "RegistryTunnel")):
        policy = stacks(stage, part).one("AWS::IAM::ManagedPolicy", begins)
        assert ["Deploy" in text(role) for role in policy["Roles"]] == [True]
