"""`labeler run` and `labeler quarantine` on a day of the local AWS."""

from pathlib import Path
from typing import TYPE_CHECKING

from tests.integration.cli.conftest import DAY, RUN, Command, work_off

if TYPE_CHECKING:
    from labeler_local.emulator.stack import LocalStack


def test_run_commands_start_watch_and_show_one_run(day: "LocalStack", labeler: Command) -> None:
    started = labeler("run", "start", "--date", DAY)
    assert (started.code, f"{RUN} started: 3 files" in started.out) == (0, True), started
    again = labeler("run", "start", "--date", DAY, "--json")
    assert (again.json["run_id"], again.json["is_new"], again.json["state"]) == (RUN, False, "RUNNING")
    running = labeler("run", "status", DAY)
    assert "RUNNING" in running.out
    assert labeler("quarantine", "show").code == 65, "nothing is published yet"
    assert "so far" in Path(labeler("report").out.strip()).read_text()

    work_off(day)
    status = labeler("run", "status", RUN, "--json").json
    assert status["summary"]["state"] == status["run"]["state"] == "COMPLETE"
    assert status["summary"]["rejects"] == {"file_empty": 1}
    assert labeler("run", "list", "--json").json[0]["run_id"] == RUN
    assert "COMPLETE" in labeler("run", "list").out
    watched = labeler("run", "watch")
    assert (watched.code, "COMPLETE (generation 1)" in watched.out) == (0, True)
    quarantine = labeler("quarantine", "show")
    assert "file_empty" in quarantine.out
    assert "empty.csv" in quarantine.out
    assert labeler("quarantine", "show", "--json").json["file_empty"]["records"] == 1
    refused = labeler("report", DAY, "--out", ".")
    assert (refused.code, "can't be written: Is a directory" in refused.err) == (65, True), refused.err
    report = labeler("report", DAY, "--out", "here/report.html")
    page = Path(report.out.strip()).read_text()
    assert (report.code, RUN in page, "so far" in page) == (0, True, False)
    assert f"landing/{DAY}/empty.csv" in page
    assert "nothing was rejected" in labeler("quarantine", "show", "--reason", "file_vanished").out


def test_failed_run_shows_reasons_and_redrive_completes_it(day: "LocalStack", labeler: Command) -> None:
    labeler("run", "start", "--date", DAY)
    [(key, _)] = list(day.runs.sizes(f"runs/{RUN}/slices/"))
    intact = day.runs.get(key)
    day.runs.put(key, b"broken")
    for _ in range(3):  # the queue's redrive policy in tests
        work_off(day)
    watched = labeler("run", "watch", RUN)
    assert (watched.code, "FAILED" in watched.out) == (65, True)
    assert "labeler run redrive" in watched.out
    assert "the manifest slice" in watched.out or "DigestMismatchError" in watched.out, watched.out
    assert list(labeler("run", "status", "--json").json["failed_units"]) == ["1"]

    day.runs.put(key, intact)
    redriven = labeler("run", "redrive", RUN)
    assert (redriven.code, "reopened for generation 2" in redriven.out) == (0, True), redriven
    work_off(day)
    assert labeler("run", "status", "--json").json["summary"]["generation"] == 2
    refused = labeler("run", "redrive", RUN)
    assert (refused.code, "has no failed unit" in refused.err) == (65, True)


def test_missing_run_is_named(stack: "LocalStack", labeler: Command) -> None:
    for arguments in (("run", "status", "daily-1999-01-01"), ("run", "watch", "1999-01-01")):
        result = labeler(*arguments)
        assert (result.code, "there is no run daily-1999-01-01" in result.err) == (65, True)
        assert "labeler run list" in result.err
    assert "there is no run yet" in labeler("run", "status").err


def test_missing_champion_is_named_with_a_hint(
    open_stack: "object", labeler: Command, champion: "object", tmp_path: "object"
) -> None:
    stack = open_stack(registry_uri=champion.registry_uri, model_name="nobody")  # type: ignore[operator, attr-defined]
    stack.put_files({"a.csv": b"x"}, DAY)
    result = labeler("run", "start", "--date", DAY)
    assert result.code == 65
    assert "no model nobody" in result.err
    assert "labeler experiment run --quick" in result.err
    assert "Traceback" not in result.err
