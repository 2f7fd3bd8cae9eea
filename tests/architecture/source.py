"""What the architecture tests read: source files, parsed once, and fresh interpreters."""

import ast
import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src/labeler"


def python_files(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def name(path: Path) -> str:
    """Relative to the root, with slashes."""
    return path.relative_to(ROOT).as_posix()


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def modules() -> list[str]:
    """Every module of the package that can be imported without running a program."""
    relative = (path.relative_to(ROOT / "src").with_suffix("") for path in python_files("src/labeler"))
    names = {".".join(path.parts).removesuffix(".__init__") for path in relative}
    return sorted(module for module in names if not module.endswith("__main__"))


def fresh_interpreter(code: str) -> Any:
    """What the code's last line of output says, as JSON. Nothing of this process's variables for labeler or AWS is seen."""
    environ = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "LABELER_"))}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environ, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])
