import pytest

from labeler.cli.summary import show_summary
from tests.unit.monitoring.a_run import run_facts


def test_a_run_with_a_row_in_quarantine_is_not_called_labeled_as_a_whole(capsys: pytest.CaptureFixture[str]) -> None:
    summary = run_facts().summary
    assert summary is not None

    show_summary(summary.model_copy(update={"coverage": 0.999999}))

    said = capsys.readouterr().out
    assert "99.99% of the rows" in said
    assert "(100" not in said
