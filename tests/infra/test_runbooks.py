"""The commands of docs/runbooks against what the templates make: names, variables, log groups, and what a person may do."""

import json
import re
import shlex
from collections.abc import Iterator
from typing import Any

import pytest

from tests.infra.templates import ROOT, STAGES, manifests, text

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


def read_here(line: str) -> set[str]:
    """Variables that the person's own shell expands: not those in single quotes outside of double ones."""
    outside = re.sub(r"""("[^"]*")|'[^']*'""", lambda found: found[1] or "", line)
    return set(re.findall(r"\$\{?([A-Z][A-Z0-9_]*)", outside))


@pytest.mark.parametrize("stage", STAGES)
def test_every_variable_of_a_page_is_set_by_the_terminal_that_knows_the_stage(stacks: Any, stage: str) -> None:
    told = json.loads(text(stacks(stage, "pipeline").body["Outputs"]["OperatorEnvironment"]["Value"]))
    exported = set(re.findall(r"(?:^export | )([A-Z][A-Z_]+)=", TERMINAL.read_text(), re.MULTILINE))
    assert "STAGE" in exported
    missing = {(page, name) for page, line in lines() for name in read_here(line) - exported - told.keys()}
    assert missing == set()


@pytest.mark.parametrize("stage", STAGES)
def test_kubectl_names_what_the_templates_make(stacks: Any, stage: str) -> None:
    objects = manifests(stacks(stage, "cluster"))
    made = {(m["kind"], m["metadata"].get("namespace"), m["metadata"]["name"]) for m in objects}
    pods = {
        (m["metadata"]["namespace"], m["spec"]["template"]["metadata"]["labels"]["app.kubernetes.io/name"])
        for m in objects
        if m["kind"] == "Deployment"
    }
    named = 0
    for page, line in lines():
        if not line.startswith("kubectl --namespace"):
            continue
        words = shlex.split(line)
        place = words[2]
        for kind, name in re.findall(r"\b(deployment|scaledobject)[ /]([a-z-]+)", line):
            assert (OF_MANIFESTS[kind], place, name) in made, (page, line)
            named += 1
        for label in (word for word in words if word.startswith(("app", NAME_LABEL)) and "=" in word):
            assert label.startswith(NAME_LABEL), (page, line)
            assert (place, label.removeprefix(NAME_LABEL)) in pods, (page, line)
            named += 1
    assert named > 8


@pytest.mark.parametrize("stage", STAGES)
def test_a_page_reads_log_groups_that_functions_write_to(stacks: Any, stage: str) -> None:
    template = stacks(stage, "pipeline")
    groups = {name: made["LogGroupName"] for name, made in template.of_type("AWS::Logs::LogGroup").items()}
    written = {
        groups[function["LoggingConfig"]["LogGroup"]["Ref"]]
        for function in template.of_type("AWS::Lambda::Function").values()
    }
    read = {
        found.replace("$STAGE", stage) for _, line in lines() for found in re.findall(r'aws logs tail "([^"]+)"', line)
    }
    assert read == written


@pytest.mark.parametrize("stage", STAGES)
def test_people_on_call_may_do_what_the_pages_say_and_nothing_else(stacks: Any, stage: str) -> None:
    on_call = set(stacks(stage, "observability").allowed("OnCall"))
    operator = set(stacks(stage, "pipeline").allowed("Operator"))
    asked = {action for _, line in lines() for action in actions(line)}
    assert asked - on_call - operator == set()
    # what `labeler release environment` asks for is asked for by the pages themselves, too
    assert on_call - asked == set()


def actions(line: str) -> Iterator[str]:
    for service, verb in re.findall(r"\baws ([a-z0-9]+) ([a-z-]+)", line):
        yield from SEVERAL.get(
            f"{service} {verb}", {f"{service}:{''.join(part.capitalize() for part in verb.split('-'))}"}
        )


def test_an_alarm_of_the_workers_is_not_undone_by_keda() -> None:
    """A scaled deployment gets KEDA's number again within seconds."""
    assert [page for page, line in lines() if re.search(r"kubectl.* scale ", line)] == []


def test_the_tick_is_found_where_it_is_made() -> None:
    assert [page for page, line in lines() if line.startswith("aws scheduler")] == []
    payloads = [line for _, line in lines() if "--payload" in line]
    assert payloads
    assert all("--cli-binary-format raw-in-base64-out" in line for line in payloads), "version 2 wants base64 otherwise"
