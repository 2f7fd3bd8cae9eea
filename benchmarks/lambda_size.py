"""Does each Lambda fit its zip? `python benchmarks/lambda_size.py [function ...]`: MB unzipped, exit 1 when over.

Installs each functions/<name>/requirements.txt for Lambda's platform (no docker), adds src/labeler and counts.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LIMIT_MB = 250
PLATFORM = "aarch64-manylinux_2_28"
PYTHON = "3.13"


def main(names: list[str]) -> int:
    functions = sorted(path.parent for path in ROOT.glob("functions/*/requirements.txt"))
    wanted = [function for function in functions if not names or function.name in names]
    if not wanted:
        print(f"no functions/*/requirements.txt for {', '.join(names) or 'any function'}", file=sys.stderr)
        return 2
    sizes = {function.name: bundle_mb(function) for function in wanted}
    for name, size_mb in sizes.items():
        print(f"{name:<12} {size_mb:>6.1f} MB of {LIMIT_MB} MB unzipped{'  TOO LARGE' if size_mb > LIMIT_MB else ''}")
    return int(any(size_mb > LIMIT_MB for size_mb in sizes.values()))


def bundle_mb(function: Path) -> float:
    with tempfile.TemporaryDirectory(prefix="lambda-size-") as folder:
        target = Path(folder)
        options = ["--python-platform", PLATFORM, "--python-version", PYTHON, "--only-binary", ":all:", "--quiet"]
        requirements = ["--requirement", str(function / "requirements.txt")]
        subprocess.run([uv(), "pip", "install", *options, *requirements, "--target", folder], check=True)
        shutil.copytree(ROOT / "src/labeler", target / "labeler", ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(function / "handler.py", target)
        packages = [(sum(f.stat().st_size for f in p.rglob("*") if f.is_file()), p.name) for p in target.iterdir()]
        largest = ", ".join(f"{name} {size / 1e6:.0f}" for size, name in sorted(packages, reverse=True)[:6])
        print(f"{function.name:<12} largest (MB): {largest}")
        return sum(file.stat().st_size for file in target.rglob("*") if file.is_file()) / 1e6


def uv() -> str:
    """The project's own, else the one on PATH."""
    own = ROOT / "build/bootstrap/bin/uv"
    found = str(own) if own.is_file() else shutil.which("uv")
    if found is None:
        sys.exit("uv is neither in build/bootstrap/bin nor on PATH: run `make setup`")
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
