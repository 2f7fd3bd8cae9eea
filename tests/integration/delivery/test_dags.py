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
    found = set()
    for path in (ROOT / "dags").rglob("*"):
        name = path.relative_to(ROOT / "dags").as_posix()
        verdicts = [word == "--include" for word, pattern in filters if fnmatch(name, pattern)]
        if path.is_file() and (not verdicts or verdicts[-1]):
            found.add(name)
    return found


def test_airflow_gets_the_dags_and_what_it_must_not_take_for_one(programs: Programs) -> None:
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
    found = sent(call)
    assert {"daily_labeling.py", "labeling/pods.py", ".airflowignore"} <= found
    assert {name for name in found if not name.endswith(".py")} == {".airflowignore"}
