"""The commands of docs/runbooks against the templates: names, variables, log groups, and what a person may do."""

import re
import shlex
from collections.abc import Iterator
from typing import Any

import pytest

from tests.infra.objects import manifests
from tests.infra.templates import ROOT, STAGES, output_variables

FOLDER = ROOT / "docs/runbooks"
TERMINAL = FOLDER / "README.md"
BLOCKS = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NAME_LABEL = "app.kubernetes.io/name="
OF_MANIFESTS = {"deployment": "Deployment", "scaledobject": "ScaledObject"}
SEVERAL = {
    "s3 ls": {"s3:ListBucket"},
    "s3api list-object-versions": {"s3:ListBucketVersions"},
    "logs tail": {"logs:FilterLogEvents"},
    "lambda invoke": {"lambda:InvokeFunction"},
    "eks update-kubeconfig": {"eks:DescribeCluster"},
    "rds describe-db-instances": {"rds:DescribeDBInstances"},
}
"""Commands whose action has another name."""


def lines() -> Iterator[tuple[str, str]]:
    """(page, command)"""
    for page in sorted(FOLDER.glob("*.md")):
        for block in BLOCKS.findall(page.read_text(encoding="utf-8")):
            for line in block.splitlines():
                yield page.name, line


def expanded_variables(line: str) -> set[str]:
    """Variables that the person's own shell expands: not those in single quotes outside of double ones."""
    outside = re.sub(r"""("[^"]*")|'[^']*'""", lambda quoted: quoted[1] or "", line)
    return set(re.findall(r"\$\{?([A-Z][A-Z0-9_]*)", outside))


@pytest.mark.parametrize("stage", STAGES)
def test_variables_of_a_page_are_set_by_the_operator_environment(stacks: Any, stage: str) -> None:
    variables = output_variables(stacks(stage, "pipeline"), "OperatorEnvironment")
    exported = set(re.findall(r"(?:^export | )([A-Z][A-Z_]+)=", TERMINAL.read_text(), re.MULTILINE))
    assert "STAGE" in exported
    missing = {
        (page, name) for page, line in lines() for name in expanded_variables(line) - exported - variables.keys()
    }
    assert missing == set()


@pytest.mark.parametrize("stage", STAGES)
def test_kubectl_commands_name_objects_of_the_templates(stacks: Any, stage: str) -> None:
    objects = manifests(stacks(stage, "cluster"))
    existing = {(m["kind"], m["metadata"].get("namespace"), m["metadata"]["name"]) for m in objects}
    pods = {
        (m["metadata"]["namespace"], m["spec"]["template"]["metadata"]["labels"]["app.kubernetes.io/name"])
        for m in objects
        if m["kind"] == "Deployment"
    }
    checked = 0
    for page, line in lines():
        if not line.startswith("kubectl --namespace"):
            continue
        words = shlex.split(line)
        namespace = words[2]
        for kind, name in re.findall(r"\b(deployment|scaledobject)[ /]([a-z-]+)", line):
            assert (OF_MANIFESTS[kind], namespace, name) in existing, (page, line)
            checked += 1
        for label in (word for word in words if word.startswith(("app", NAME_LABEL)) and "=" in word):
            assert label.startswith(NAME_LABEL), (page, line)
            assert (namespace, label.removeprefix(NAME_LABEL)) in pods, (page, line)
            checked += 1
    assert checked > 8


@pytest.mark.parametrize("stage", STAGES)
def test_pages_tail_the_log_groups_of_the_functions(stacks: Any, stage: str) -> None:
    template = stacks(stage, "pipeline")
    groups = {name: group["LogGroupName"] for name, group in template.of_type("AWS::Logs::LogGroup").items()}
    written = {
        groups[function["LoggingConfig"]["LogGroup"]["Ref"]]
        for function in template.of_type("AWS::Lambda::Function").values()
    }
    read = {
        group.replace("$STAGE", stage) for _, line in lines() for group in re.findall(r'aws logs tail "([^"]+)"', line)
    }
    assert read == written


@pytest.mark.parametrize("stage", STAGES)
def test_people_on_call_may_run_exactly_the_commands_of_the_pages(stacks: Any, stage: str) -> None:
    on_call = set(stacks(stage, "observability").allowed("OnCall"))
    operator = set(stacks(stage, "pipeline").allowed("Operator"))
    needed = {action for _, line in lines() for action in actions(line)}
    assert needed - on_call - operator == set()
    # what `labeler release environment` needs is needed by the pages themselves, too
    assert on_call - needed == set()


def actions(line: str) -> Iterator[str]:
    for service, verb in re.findall(r"\baws ([a-z0-9]+) ([a-z-]+)", line):
        yield from SEVERAL.get(
            f"{service} {verb}", {f"{service}:{''.join(part.capitalize() for part in verb.split('-'))}"}
        )


def test_no_page_scales_workers_that_keda_would_scale_back() -> None:
    """A scaled deployment gets KEDA's number again within seconds."""
    assert [page for page, line in lines() if re.search(r"kubectl.* scale ", line)] == []


def test_pages_call_the_tick_as_a_rule_of_eventbridge() -> None:
    assert [page for page, line in lines() if line.startswith("aws scheduler")] == []
    payloads = [line for _, line in lines() if "--payload" in line]
    assert payloads
    assert all("--cli-binary-format raw-in-base64-out" in line for line in payloads), "version 2 wants base64 otherwise"
