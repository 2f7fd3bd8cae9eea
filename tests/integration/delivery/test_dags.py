"""What `make deploy-dags` gives to Airflow."""

import os
import shlex
import shutil
import subprocess
from fnmatch import fnmatch

from tests.architecture.source import ROOT
from tests.integration.delivery.conftest import Programs


def sent(command: str) -> set[str]:
    """The files below dags/ that `aws s3 sync` takes: of its filters the last one that matches counts."""
    words = shlex.split(command)
    filters = [(word, words[place + 1]) for place, word in enumerate(words) if word in {"--exclude", "--include"}]
    files = set()
    for path in (ROOT / "dags").rglob("*"):
        name = path.relative_to(ROOT / "dags").as_posix()
        verdicts = [word == "--include" for word, pattern in filters if fnmatch(name, pattern)]
        if path.is_file() and (not verdicts or verdicts[-1]):
            files.add(name)
    return files


def test_deploy_dags_sends_python_files_and_the_airflowignore_only(programs: Programs) -> None:
    programs.add("aws")
    variables = {"PATH": f"{programs.folder}{os.pathsep}{os.environ['PATH']}"}

    make = shutil.which("make")
    assert make
    subprocess.run(
        [make, "-C", ROOT, "deploy-dags", "DAGS_URI=s3://airflow/dags"],
        env=variables,
        capture_output=True,
        check=True,
        timeout=60,
    )

    (call,) = (programs.folder / "calls").read_text().splitlines()
    assert call.startswith("aws s3 sync dags s3://airflow/dags --delete ")
    files = sent(call)
    assert {"daily_labeling.py", "labeling/pods.py", ".airflowignore"} <= files
    assert {name for name in files if not name.endswith(".py")} == {".airflowignore"}
