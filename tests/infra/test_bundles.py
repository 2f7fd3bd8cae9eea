"""What a function is deployed with."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.infra.templates import text


@pytest.fixture(scope="module")
def bundles(stacks: Any, assembly: Path) -> dict[str, Path]:
    """The folders that CDK would upload, by function."""
    template = stacks("prod", "pipeline")
    assets = json.loads(next((assembly / "assembly-prod").glob("prodpipeline*.assets.json")).read_text())["files"]
    found = {}
    for name, function in template.of_type("AWS::Lambda::Function").items():
        digest = text(function["Code"]["S3Key"]).removesuffix(".zip")
        found[name.partition("Function")[0]] = (assembly / "assembly-prod" / assets[digest]["source"]["path"]).resolve()
    return found


def test_a_bundle_fits_lambda_s_limit(bundles: dict[str, Path]) -> None:
    from parts.bundle import LIMIT_BYTES, size_bytes

    assert set(bundles) == {"Manifest", "Completion", "Tick"}
    assert all(0 < size_bytes(folder) < LIMIT_BYTES / 2 for folder in bundles.values())


def test_a_bundle_has_its_handler_and_what_it_imports_for_arm(bundles: dict[str, Path]) -> None:
    for folder in bundles.values():
        assert (folder / "handler.py").is_file()
        assert (folder / "labeler/settings.py").is_file()
        assert (folder / "pydantic").is_dir()
        compiled = [file.name for file in folder.rglob("*.so") if "linux-gnu" in file.name]
        assert compiled
        assert all("aarch64" in name for name in compiled)
    assert (bundles["Manifest"] / "mlflow").is_dir()


def test_the_handlers_that_the_template_names_exist(stacks: Any, bundles: dict[str, Path]) -> None:
    for name, function in stacks("prod", "pipeline").of_type("AWS::Lambda::Function").items():
        module, _, entry = function["Handler"].partition(".")
        code = (bundles[name.partition("Function")[0]] / f"{module}.py").read_text()
        assert f"def {entry}(" in code


def test_a_bundle_holds_the_versions_of_the_lock(bundles: dict[str, Path]) -> None:
    from tests.infra.templates import ROOT

    lock = (ROOT / "requirements.lock").read_text()
    for folder in bundles.values():
        for info in folder.glob("*.dist-info"):
            name, _, version = info.stem.rpartition("-")
            assert f"{name.replace('_', '-').lower()}=={version}" in lock.lower().replace("_", "-"), info.name


def test_other_sources_are_another_bundle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import shutil

    from parts import bundle
    from tests.infra.templates import ROOT

    for part in ("functions", "src/labeler"):
        shutil.copytree(ROOT / part, tmp_path / part, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "requirements.lock", tmp_path)
    monkeypatch.setattr(bundle, "ROOT", tmp_path)
    before = bundle.digest_of("completion")
    assert bundle.digest_of("completion") == before
    (tmp_path / "src/labeler/errors.py").write_text("# changed")
    assert bundle.digest_of("completion") != before
