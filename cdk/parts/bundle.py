"""A function's code with its dependencies, built without docker and kept under its content's digest."""

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

from aws_cdk import AssetHashType
from aws_cdk import aws_lambda as lambda_

ROOT = Path(__file__).resolve().parents[2]
BUNDLES = ROOT / "build/lambda"
UV = ROOT / "build/bootstrap/bin/uv"
PLATFORM, PYTHON = "aarch64-manylinux_2_28", "3.13"
LIMIT_BYTES = 250 * 1000 * 1000


def function_code(name: str) -> lambda_.Code:
    """The bundle of functions/<name>; the same sources give the same asset on every machine."""
    digest = digest_of(name)
    folder = BUNDLES / f"{name}-{digest[:16]}"
    if not folder.is_dir():
        _build(name, folder)
    return lambda_.Code.from_asset(str(folder), asset_hash=digest, asset_hash_type=AssetHashType.CUSTOM)


def digest_of(name: str) -> str:
    """Of all that goes into the bundle: its code, the package's code, and what the lock pins."""
    function = ROOT / "functions" / name
    sources = [function / "handler.py", function / "requirements.txt", ROOT / "requirements.lock"]
    sources += sorted((ROOT / "src/labeler").rglob("*"))
    digest = hashlib.sha256(f"{PLATFORM} {PYTHON}".encode())
    for path in sources:
        if path.is_file() and "__pycache__" not in path.parts:
            digest.update(f"{path.relative_to(ROOT)}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def size_bytes(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def _build(name: str, folder: Path) -> None:
    """In a folder of its own, renamed when it is whole: an interrupted build leaves no half bundle behind."""
    function, building = ROOT / "functions" / name, folder.with_suffix(f".{os.getpid()}")
    shutil.rmtree(building, ignore_errors=True)
    platform = ["--python-platform", PLATFORM, "--python-version", PYTHON, "--only-binary", ":all:"]
    wanted = ["--requirement", str(function / "requirements.txt"), "--constraint", str(ROOT / "requirements.lock")]
    subprocess.run([str(UV), "pip", "install", "--quiet", *platform, *wanted, "--target", str(building)], check=True)
    shutil.copytree(ROOT / "src/labeler", building / "labeler", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(function / "handler.py", building)
    shutil.rmtree(building / "bin", ignore_errors=True)
    if (size := size_bytes(building)) > LIMIT_BYTES:
        raise ValueError(f"the bundle of {name} has {size / 1e6:.0f} MB: Lambda takes {LIMIT_BYTES / 1e6:.0f} unzipped")
    building.rename(folder)
