"""A function's code with its dependencies, built without docker and kept under its content's digest.

functions/<name>/packages.txt names what a bundle has of src/labeler: a package whole, a module alone. A change of
anything else leaves the digest as it is, and the function is not deployed again.
"""

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUNDLES = ROOT / "build/lambda"
UV = ROOT / "build/bootstrap/bin/uv"
PLATFORM, PYTHON = "aarch64-manylinux_2_28", "3.13"
LIMIT_BYTES = 250 * 1000 * 1000
"""Unzipped; Lambda's."""


def build(name: str) -> Path:
    """The folder of functions/<name>'s bundle; the same sources give the same one on every machine."""
    folder = BUNDLES / f"{name}-{digest_of(name)[:16]}"
    if not folder.is_dir():
        _build(name, folder)
    return folder


def digest_of(name: str) -> str:
    """Of all that goes into the bundle: its code, the package's code, and what the lock pins."""
    function = ROOT / "functions" / name
    files = [function / "handler.py", function / "requirements.txt", ROOT / "requirements.lock", *source_files(name)]
    digest = hashlib.sha256(f"{PLATFORM} {PYTHON}".encode())
    for path in files:
        digest.update(f"{path.relative_to(ROOT)}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def packages(name: str) -> list[str]:
    """Names like labeler.manifest, as packages.txt lists them."""
    lines = (ROOT / "functions" / name / "packages.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def source_files(name: str) -> list[Path]:
    """Of src/labeler, sorted. Raises ValueError for a name that is neither a package nor a module."""
    files = [ROOT / "src/labeler/__init__.py"]
    for package in packages(name):
        path = ROOT / "src" / package.replace(".", "/")
        module = path.with_suffix(".py")
        if not path.is_dir() and not module.is_file():
            raise ValueError(f"functions/{name}/packages.txt: there is no {package}")
        files += [file for file in path.rglob("*") if file.is_file()] if path.is_dir() else [module]
    return sorted(file for file in files if "__pycache__" not in file.parts)


def copy_code(name: str, target: Path) -> None:
    """Handler and sources, without the dependencies."""
    for file in source_files(name):
        copy = target / file.relative_to(ROOT / "src")
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, copy)
    shutil.copy(ROOT / "functions" / name / "handler.py", target)


def size_bytes(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def _build(name: str, folder: Path) -> None:
    """In a folder of its own, renamed when it is whole: an interrupted build leaves no half bundle behind."""
    requirements, building = ROOT / "functions" / name / "requirements.txt", folder.with_suffix(f".{os.getpid()}")
    shutil.rmtree(building, ignore_errors=True)
    platform = ["--python-platform", PLATFORM, "--python-version", PYTHON, "--only-binary", ":all:"]
    versions = ["--requirement", str(requirements), "--constraint", str(ROOT / "requirements.lock")]
    subprocess.run([str(UV), "pip", "install", "--quiet", *platform, *versions, "--target", str(building)], check=True)
    copy_code(name, building)
    shutil.rmtree(building / "bin", ignore_errors=True)
    try:
        building.rename(folder)
    except OSError:
        # another process has built the same meanwhile
        if not folder.is_dir():
            raise
        shutil.rmtree(building)
