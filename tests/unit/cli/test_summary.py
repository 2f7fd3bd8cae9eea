import pytest

from labeler.cli.summary import show_summary
from tests.unit.monitoring.example_run import run_data


def test_coverage_is_never_rounded_up_to_100_percent(capsys: pytest.CaptureFixture[str]) -> None:
    summary = run_data().summary
    assert summary is not None

    show_summary(summary.model_copy(update={"coverage": 0.999999}))

    text = capsys.readouterr().out
    assert "99.99% of the rows" in text
    assert "(100" not in text
