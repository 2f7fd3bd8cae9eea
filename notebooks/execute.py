"""Runs the exploration with its outputs: `python -m notebooks.execute [--statements PLACE] [--out FILE]`.

The notebook itself stays as it is; what ran goes to build/exploration.ipynb, also when a cell failed. Exit 1 then.
"""

import argparse
import sys
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from traitlets.config import Config

FOLDER = Path(__file__).resolve().parent
NOTEBOOK = FOLDER / "exploration.ipynb"
OUT = FOLDER.parent / "build/exploration.ipynb"
PARAMETERS = "parameters"
CELL_TIMEOUT_S = 900


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--statements", help="a folder or s3://bucket/prefix of labeled files; synthetic ones if none")
    parser.add_argument("--out", type=Path, default=OUT, help="where the executed notebook goes")
    options = parser.parse_args(arguments)
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    if options.statements:
        set_parameters(notebook, statements=absolute(options.statements))
    try:
        execute(notebook)
    except CellExecutionError as error:
        sys.stderr.write(f"error: {error.ename}: {error.evalue}\n")
        return 1
    finally:
        options.out.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(notebook, options.out)
    sys.stdout.write(f"{options.out}: {len(notebook.cells)} cells ran\n")
    return 0


def execute(notebook: nbformat.NotebookNode) -> None:
    """Fills in the outputs. Raises CellExecutionError."""
    # not over TCP, where anybody on this machine could listen; the folder is its owner's alone
    with tempfile.TemporaryDirectory(prefix="notebook-", ignore_cleanup_errors=True) as sockets:
        NotebookClient(
            notebook,
            timeout=CELL_TIMEOUT_S,
            resources={"metadata": {"path": str(FOLDER)}},  # where a person's Jupyter starts it too
            config=Config(KernelManager={"transport": "ipc", "ip": f"{sockets}/kernel"}),
        ).execute()


def set_parameters(notebook: nbformat.NotebookNode, **values: object) -> None:
    """A cell behind the one that is tagged `parameters`, as papermill does it."""
    position = next(i for i, cell in enumerate(notebook.cells) if PARAMETERS in cell.metadata.get("tags", ()))
    source = "\n".join(f"{name} = {value!r}" for name, value in values.items())
    injected = nbformat.v4.new_code_cell(source, metadata={"tags": ["injected-parameters"]})
    notebook.cells.insert(position + 1, injected)


def absolute(statements: str) -> str:
    """A folder is named from where the person stands, not from where the notebook runs."""
    return statements if "://" in statements else str(Path(statements).resolve())


if __name__ == "__main__":
    sys.exit(main())
