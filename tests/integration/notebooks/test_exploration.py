"""The exploration runs, shows no row, and leaves the numbers that its text tells of."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import nbformat
import pytest

from labeler.task import RawFile, Reading
from labeler.transactions import task
from labeler_local.synthetic import generate

ROOT = Path(__file__).resolve().parents[3]
REAL = ROOT.parent / "shared" / "data" / "statements"
pytestmark = [pytest.mark.experiments, pytest.mark.timeout(600)]


class Executed(NamedTuple):
    kind: str
    notebook: Any
    findings: dict[str, Any]
    reading: Reading


def run(*options: str) -> subprocess.CompletedProcess[str]:
    # in a process of its own: here only sockets to loopback may be opened, and a kernel's are files
    command = [sys.executable, "-m", "notebooks.execute", *options]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module", params=["synthetic", "real"])
def executed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Executed:
    is_real = request.param == "real"
    if is_real and not REAL.is_dir():
        pytest.skip("the real statements are not part of the project")
    out = tmp_path_factory.mktemp("notebook") / "exploration.ipynb"
    done = run("--out", str(out), *(["--statements", str(REAL)] if is_real else []))
    assert done.returncode == 0, done.stderr
    notebook = nbformat.read(out, as_version=4)
    (tagged,) = (cell for cell in notebook.cells if "findings" in cell.metadata.get("tags", ()))
    if is_real:
        files = [RawFile(path.name, path.read_bytes()) for path in sorted(REAL.glob("*.csv"))]
    else:
        files = [RawFile(*file) for file in generate(accounts=150, seed=1, with_labels=True)]
    findings = tagged.outputs[0].data["application/json"]
    return Executed(request.param, notebook, findings, task.read(files, with_labels=True))


def outputs(notebook: Any) -> Iterator[Any]:
    return (output for cell in notebook.cells for output in cell.get("outputs", ()))


def test_notebook_reads_every_row(executed: Executed) -> None:
    assert executed.findings["rows"] == len(executed.reading.file_index)
    assert executed.findings["accounts"] == len(set(executed.reading.table.account.values))
    assert (executed.findings["statements"] == "synthetic") == (executed.kind == "synthetic")


def test_notebook_draws_every_figure_without_warnings(executed: Executed) -> None:
    assert [
        output.output_type for output in outputs(executed.notebook) if output.output_type in ("stream", "error")
    ] == []
    assert sum("image/png" in output.get("data", {}) for output in outputs(executed.notebook)) == 9


def test_outputs_show_no_id_and_no_place(executed: Executed) -> None:
    shown = json.dumps(
        [
            [text for kind, text in output.get("data", {}).items() if not kind.startswith("image/")]
            for output in outputs(executed.notebook)
        ],
        ensure_ascii=False,
    )
    table = executed.reading.table
    ids = {name.rpartition("-")[0] for name in table.account.values}
    places = {place for column in (table.place, table.city) for place in column.values if len(place) > 3}
    assert ids
    assert places
    assert [value for value in ids | places if value in shown] == []


def test_only_mac_roman_reads_all_labels(executed: Executed) -> None:
    known = executed.findings["labels_known"]
    assert known.pop("mac_roman") == 1.0
    assert all(share < 0.75 for share in known.values())


def test_rows_that_share_more_agree_more_often(executed: Executed) -> None:
    agree = executed.findings["agreement"]
    steps = ("any two rows", "same account", "same account and place", "same account, place and amount")
    assert [agree[step] for step in steps] == sorted(agree[step] for step in steps)
    assert agree["same account, place and amount"] > 2 * agree["same account"]


def test_random_split_scores_highest_and_unseen_accounts_lowest(executed: Executed) -> None:
    random, later, unseen = (
        executed.findings["splits"][way] for way in ("random rows", "later rows", "unseen accounts")
    )
    for metric in ("accuracy", "macro_f1"):
        assert random[metric] > later[metric] + 0.03 > unseen[metric] + 0.08
    assert later["accuracy"] > later["majority"] + 0.1
    assert random["twins"] > later["twins"] > unseen["twins"] == 0


def test_target_encoder_fitted_on_all_rows_inflates_accuracy(executed: Executed) -> None:
    fitted = executed.findings["target_encoding"]
    honest, leak = fitted["on the training rows"], fitted["on all rows, before the split"]
    assert abs(honest["accuracy"] - executed.findings["splits"]["later rows"]["accuracy"]) < 0.05
    assert leak["accuracy"] > 0.9 > honest["accuracy"] + 0.3


def test_ids_collide_when_there_are_many_accounts(executed: Executed) -> None:
    names = set(executed.reading.table.account.values)
    assert executed.findings["ids"] == len({name.rpartition("-")[0] for name in names})
    if executed.kind == "synthetic":  # the real sample is too small for a collision
        assert executed.findings["ids_shared"] > 0
        assert executed.findings["rows_of_shared_ids"] > 0.01


def test_missing_statements_are_an_error_and_the_notebook_is_kept(tmp_path: Path) -> None:
    out = tmp_path / "exploration.ipynb"
    done = run("--out", str(out), "--statements", str(tmp_path / "nothing"))
    assert done.returncode == 1
    assert done.stderr.startswith(f"error: InputInvalidError: {tmp_path / 'nothing'} is not a folder")
    assert out.exists()
