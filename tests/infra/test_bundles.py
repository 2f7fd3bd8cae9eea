"""What a function is deployed with; tests/architecture/test_bundles.py compares it with what it imports."""

import json
from pathlib import Path
from typing import Any

import pytest

from cdk.run.bundle import LIMIT_BYTES, size_bytes
from tests.infra.templates import ROOT, text


@pytest.fixture(scope="module")
def bundles(stacks: Any, assembly: Path) -> dict[str, Path]:
    """The folders that CDK would upload, by function."""
    template = stacks("prod", "pipeline")
    assets = json.loads(next((assembly / "assembly-prod").glob("prodpipeline*.assets.json")).read_text())["files"]
    folders = {}
    for name, function in template.of_type("AWS::Lambda::Function").items():
        digest = text(function["Code"]["S3Key"]).removesuffix(".zip")
        folders[name.partition("Function")[0]] = (
            assembly / "assembly-prod" / assets[digest]["source"]["path"]
        ).resolve()
    return folders


def test_bundle_is_less_than_half_of_what_lambda_takes(bundles: dict[str, Path]) -> None:
    assert set(bundles) == {"Manifest", "Completion", "Tick"}
    assert all(0 < size_bytes(folder) < LIMIT_BYTES / 2 for folder in bundles.values())


def test_bundle_has_its_handler_and_dependencies_compiled_for_arm(bundles: dict[str, Path]) -> None:
    for folder in bundles.values():
        assert (folder / "handler.py").is_file()
        assert (folder / "labeler/settings.py").is_file()
        assert (folder / "pydantic").is_dir()
        compiled = [file.name for file in folder.rglob("*.so") if "linux-gnu" in file.name]
        assert compiled
        assert all("aarch64" in name for name in compiled)
    assert (bundles["Manifest"] / "mlflow").is_dir()


def test_bundle_defines_the_handler_that_the_template_names(stacks: Any, bundles: dict[str, Path]) -> None:
    for name, function in stacks("prod", "pipeline").of_type("AWS::Lambda::Function").items():
        module, _, entry = function["Handler"].partition(".")
        code = (bundles[name.partition("Function")[0]] / f"{module}.py").read_text()
        assert f"def {entry}(" in code


def test_bundle_has_the_versions_of_the_lock(bundles: dict[str, Path]) -> None:
    lock = (ROOT / "requirements.lock").read_text()
    for folder in bundles.values():
        for info in folder.glob("*.dist-info"):
            name, _, version = info.stem.rpartition("-")
            assert f"{name.replace('_', '-').lower()}=={version}" in lock.lower().replace("_", "-"), info.name
