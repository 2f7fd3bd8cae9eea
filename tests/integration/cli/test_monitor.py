"""`labeler monitor` as a person and a pod use it."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from labeler.errors import InputInvalidError
from labeler.monitoring.thresholds import thresholds_of
from labeler.settings import MonitoringSettings
from tests.integration.cli.conftest import DAY, RUN, Command, work_off

if TYPE_CHECKING:
    from labeler_local.emulator.stack import LocalStack


@pytest.mark.timeout(300)
def test_status_and_report_show_the_drift_verdict(day: "LocalStack", labeler: Command) -> None:
    labeler("run", "start", "--date", DAY)
    refused = labeler("monitor", "run", DAY)
    assert (refused.code, "not published yet" in refused.err) == (65, True)
    work_off(day)
    Path("monitoring.yaml").write_text("min_rows: 50\nmin_units: 1\n")
    first = labeler("monitor", "run", DAY)
    assert (first.code, "its reference from now on" in first.out.replace("\n", " ")) == (0, True), first
    again = labeler("monitor", "run", RUN, "--json")
    assert again.json["verdict"] == "stable", "compared with itself"
    assert "stable" in labeler("run", "status").out
    assert labeler("run", "status", "--json").json["drift"] == again.json
    assert labeler("monitor", "run", RUN, "--metrics").out == ""
    (message,) = day.aws.cloudwatch.list_metrics(Namespace="labeler", MetricName="RunDrifted")["Metrics"]
    assert message["Dimensions"] == [{"Name": "service", "Value": "labeler-monitoring"}]
    assert "stable" in Path(labeler("report").out.strip()).read_text()
    assert f"{RUN} is the reference" in labeler("monitor", "baseline", DAY).out


def test_monitor_truth_compares_accuracy_with_the_majority(day: "LocalStack", labeler: Command) -> None:
    from labeler_local.synthetic import generate

    labeler("run", "start", "--date", DAY)
    work_off(day)
    Path("truth").mkdir()
    for name, body in generate(accounts=2, seed=5, with_labels=True):
        (Path("truth") / name).write_bytes(body)
    result = labeler("monitor", "truth", DAY, "--labels", "truth", "--json").json
    summary = labeler("run", "status", "--json").json["summary"]
    assert result["rows_known"] == summary["rows_labeled"]
    assert 0 <= result["accuracy"] <= result["second_accuracy"] <= 1
    assert "always the most frequent category" in labeler("monitor", "truth", DAY, "--labels", "truth").out
    assert "How right the labels were" in Path(labeler("report").out.strip()).read_text()


def test_missing_thresholds_file_is_an_error_when_it_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    settings = MonitoringSettings(
        raw_bucket="a", labels_bucket="b", runs_bucket="c", monitoring_bucket="d", thresholds_file=Path("mine.yaml")
    )
    with pytest.raises(InputInvalidError, match=r"mine\.yaml can't be read"):
        thresholds_of(settings)
    usual = settings.model_copy(update={"thresholds_file": Path("monitoring.yaml")})
    assert thresholds_of(usual).min_rows == 1000


def test_monitor_up_without_a_workspace_says_how_to_create_one(labeler: Command) -> None:
    result = labeler("monitor", "up")
    assert result.code == 65
    assert "labeler demo --monitor" in result.err
