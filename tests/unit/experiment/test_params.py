"""params.yaml and gate.yaml are UTF-8, whatever the locale; what isn't is refused by its file."""

import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from labeler.errors import InputInvalidError
from labeler.experiment.evaluation.criteria import read_criteria
from labeler.experiment.params import read_params
from labeler_local.emulator.environment import complete
from tests.architecture.source import ROOT


@pytest.mark.parametrize("read", [read_params, partial(read_criteria, categories=())])
def test_a_file_that_is_not_utf_8_is_refused_by_its_place(tmp_path: Path, read: Callable[[Path], object]) -> None:
    path = tmp_path / "params.yaml"
    path.write_bytes("# Prüfung\na: 1\n".encode("latin-1"))

    with pytest.raises(InputInvalidError, match=r"params\.yaml is not UTF-8: byte 4") as refused:
        read(path)
    assert refused.value.hint is not None


def test_the_locale_does_not_decide_how_a_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "params.yaml"
    path.write_text((ROOT / "params.yaml").read_text(encoding="utf-8") + "# Prüfung\n", encoding="utf-8")
    read = "import sys, pathlib, labeler.experiment.params as p; p.read_params(pathlib.Path(sys.argv[1]))"

    subprocess.run(
        [sys.executable, "-X", "utf8=0", "-c", read, str(path)],
        env=complete({"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0"}),
        check=True,
        timeout=60,
    )
