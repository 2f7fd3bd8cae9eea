"""What validation reports, and when it stops an experiment."""

from collections import Counter
from pathlib import Path

import pytest

from labeler.errors import InputInvalidError
from labeler.experiment.data import folder_source, sources
from labeler.experiment.data.reject_counts import EXAMPLES
from labeler.experiment.data.sources import open_source
from labeler.experiment.data.validate import require_accepted, validate
from labeler.experiment.files import ExperimentFiles, read_record
from labeler.experiment.params import Validation
from labeler.experiment.records import ValidationReport
from labeler.settings import DEFAULT_TASK
from labeler_local.synthetic import REJECTABLE, Statement, generate_with_ground_truth, write_statements

LENIENT = Validation(max_reject_share=0.9)


def write_corrupted(directory: Path, accounts: int = 60) -> list[Statement]:
    statements = list(generate_with_ground_truth(accounts=accounts, seed=11, with_labels=True, corruption=REJECTABLE))
    write_statements(directory, statements)
    return statements


def report_of(tmp_path: Path, rule: Validation = LENIENT, **options: int) -> ValidationReport:
    files = ExperimentFiles(tmp_path / "experiment")
    report = validate(files, open_source(str(tmp_path / "in")), task=DEFAULT_TASK, rule=rule, **options)
    assert read_record(ValidationReport, files.validation, step="validate") == report
    return report


def test_every_row_is_counted_as_good_or_rejected(tmp_path: Path) -> None:
    statements = write_corrupted(tmp_path / "in")

    report = report_of(tmp_path)

    assert report.files == len(statements)
    assert report.rows_in == sum(statement.ground_truth.rows for statement in statements)
    assert report.rows_rejected == sum(statement.ground_truth.rows_rejected for statement in statements)
    assert report.files_refused == sum(statement.ground_truth.file_reason is not None for statement in statements)
    assert sum(report.rows_by_category.values()) == report.rows_in - report.rows_rejected
    assert sum(reason.rows for reason in report.reasons) == report.rows_rejected
    assert report.reject_share == report.rows_rejected / report.rows_in


def test_reasons_are_sorted_by_rows_and_have_examples(tmp_path: Path) -> None:
    statements = write_corrupted(tmp_path / "in")
    rows_by_reason = Counter(str(row.reason) for statement in statements for row in statement.ground_truth.bad_rows)
    places = {(statement.name, row.row_number) for statement in statements for row in statement.ground_truth.bad_rows}

    report = report_of(tmp_path)

    reasons = {reason.reason: reason for reason in report.reasons}
    assert {reason: reasons[reason].rows for reason in rows_by_reason} == dict(rows_by_reason)
    assert [reason.rows for reason in report.reasons] == sorted((r.rows for r in report.reasons), reverse=True)
    for reason in report.reasons:
        assert len(reason.examples) == min(reason.records, EXAMPLES)
        assert {(e.key, e.row_number) for e in reason.examples if e.row_number is not None} <= places


def test_report_does_not_depend_on_blocks_or_processes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_corrupted(tmp_path / "in")
    whole = report_of(tmp_path)

    assert report_of(tmp_path, processes=2) == whole
    monkeypatch.setattr(sources, "BLOCK_FILES", 7)
    assert report_of(tmp_path) == whole


def test_too_many_rejects_are_refused_after_the_report_is_written(tmp_path: Path) -> None:
    write_corrupted(tmp_path / "in")

    report = report_of(tmp_path, Validation(max_reject_share=0.001))

    assert not report.is_accepted
    with pytest.raises(InputInvalidError) as refused:
        require_accepted(report)
    assert f"{report.reject_share:.1%} of {report.rows_in:,} rows are rejected, more than 0.1%" in refused.value.message
    assert report.reasons[0].reason in refused.value.message
    require_accepted(report.model_copy(update={"max_reject_share": report.reject_share}))


def test_unlabeled_files_are_not_accepted(tmp_path: Path) -> None:
    write_statements(tmp_path / "in", generate_with_ground_truth(accounts=3, seed=1, with_labels=False))

    report = report_of(tmp_path)

    assert (report.files_refused, report.reject_share) == (3, 1.0)
    with pytest.raises(InputInvalidError, match=r"100\.0% of"):
        require_accepted(report)


def test_files_without_a_row_are_not_accepted(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in/a.csv").write_bytes(b"")

    report = report_of(tmp_path)

    assert (report.rows_in, report.reject_share, report.reasons[0].records) == (0, 1.0, 1)
    with pytest.raises(InputInvalidError):
        require_accepted(report)


def test_file_over_the_size_limit_is_counted_as_a_reject(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    statements = write_corrupted(tmp_path / "in", accounts=5)
    monkeypatch.setattr(folder_source, "MAX_FILE_BYTES", max(len(statement.body) for statement in statements) - 1)

    reasons = {reason.reason: reason for reason in report_of(tmp_path).reasons}

    assert reasons["file_too_large"].records == 1


def test_examples_of_a_reason_are_limited(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for number in range(EXAMPLES + 3):
        (tmp_path / f"in/{number}.csv").write_bytes(b"")

    (reason,) = report_of(tmp_path).reasons

    assert reason.records == EXAMPLES + 3
    assert [place.key for place in reason.examples] == [f"{number}.csv" for number in range(EXAMPLES)]


def test_report_holds_no_value_of_a_row(tmp_path: Path) -> None:
    statements = write_corrupted(tmp_path / "in")
    report = report_of(tmp_path).model_dump_json()

    bad = [
        statement.body.split(b"\n")[row.row_number]
        for statement in statements
        for row in statement.ground_truth.bad_rows
    ]
    values = {value.strip().decode("mac-roman") for line in bad for value in line.split(b";")}
    known = categories_of(statements)
    assert [value for value in values if len(value) > 6 and value in report and value not in known] == []


def categories_of(statements: list[Statement]) -> str:
    lines = [line.split(b";") for statement in statements for line in statement.body.split(b"\n")]
    return " ".join({line[10].decode("mac-roman") for line in lines if len(line) == 13})
