"""The imports of `dags/labeling`: without a cycle, and without labeler, which is not on the cluster."""

import grimp
import pytest

from tests.architecture.source import ROOT


@pytest.fixture
def graph(monkeypatch: pytest.MonkeyPatch) -> grimp.ImportGraph:
    """All imports, those inside functions and for type checking included; nothing is imported."""
    monkeypatch.syspath_prepend(ROOT / "dags")
    return grimp.build_graph("labeling", include_external_packages=True, cache_dir=None)


def test_no_import_cycle_between_the_modules_of_the_dags(graph: grimp.ImportGraph) -> None:
    assert graph.nominate_cycle_breakers("labeling") == set()


def test_dags_never_import_labeler(graph: grimp.ImportGraph) -> None:
    assert "airflow" in graph.modules, "imports of other packages are in the graph"
    assert {"labeler", "labeler_local"} & graph.modules == set()
