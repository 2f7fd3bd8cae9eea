"""Names that the DAGs repeat, since labeler is not on the cluster: its errors, exit codes, and the Variables of the docs."""

import ast

import pytest

from tests.dags.conftest import ROOT


def test_permanent_errors_are_those_of_labeler() -> None:
    """A new error of labeler has to be sorted: permanent or retried."""
    from labeling.manifest import PERMANENT

    tree = ast.parse((ROOT / "src/labeler/errors.py").read_text(encoding="utf-8"))
    bases = {node.name: ast.unparse(node.bases[0]) for node in tree.body if isinstance(node, ast.ClassDef)}
    assert {name for name, base in bases.items() if base == "PermanentError"} == PERMANENT


def test_exit_codes_are_those_of_labeler() -> None:
    from labeling.exit_codes import NOTHING_PASSED, PERMANENT

    text = (ROOT / "src/labeler/errors.py").read_text(encoding="utf-8")
    assert f"EXIT_NOTHING_PASSED = {NOTHING_PASSED}\n" in text
    assert f"EXIT_PERMANENT = {PERMANENT}\n" in text


def test_docs_list_every_variable_and_connection_with_its_default() -> None:
    from labeling.settings import AWS_CONNECTION, DEFAULTS, KUBERNETES_CONNECTION

    page = (ROOT / "docs/airflow.md").read_text(encoding="utf-8")
    rows = {line.split("`")[1]: line for line in page.splitlines() if line.startswith("| `")}
    assert {AWS_CONNECTION, KUBERNETES_CONNECTION, *DEFAULTS} <= set(rows)
    assert [name for name, value in DEFAULTS.items() if value and f"`{value}`" not in rows[name]] == []


@pytest.mark.parametrize("name", ["labeler_manifest_function", "labeler_runs_bucket"])
def test_variable_without_default_raises_when_it_is_not_set(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from labeling.settings import variable

    monkeypatch.delenv(f"AIRFLOW_VAR_{name.upper()}", raising=False)
    with pytest.raises(ValueError, match=f"the Airflow Variable {name} is not set"):
        variable(name)
