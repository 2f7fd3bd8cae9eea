"""params.yaml and gate.yaml are UTF-8 in any locale; another encoding is refused by file and byte."""

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
def test_file_that_is_not_utf_8_is_refused_with_the_byte(tmp_path: Path, read: Callable[[Path], object]) -> None:
    path = tmp_path / "params.yaml"
    path.write_bytes("# Prüfung\na: 1\n".encode("latin-1"))

    with pytest.raises(InputInvalidError, match=r"params\.yaml is not UTF-8: byte 4") as refused:
        read(path)
    assert refused.value.hint is not None


def test_params_are_read_as_utf_8_in_any_locale(tmp_path: Path) -> None:
    path = tmp_path / "params.yaml"
    path.write_text((ROOT / "params.yaml").read_text(encoding="utf-8") + "# Prüfung\n", encoding="utf-8")
    read = "import sys, pathlib, labeler.experiment.params as p; p.read_params(pathlib.Path(sys.argv[1]))"

    subprocess.run(
        [sys.executable, "-X", "utf8=0", "-c", read, str(path)],
        env=complete({"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0"}),
        check=True,
        timeout=60,
    )
