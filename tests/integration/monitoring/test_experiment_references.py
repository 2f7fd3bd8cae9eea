"""An experiment's held-out rows as the reference of its versions: the first day has a verdict already."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from labeler.errors import InputInvalidError
from labeler.experiment.files import ExperimentFiles, write_record
from labeler.experiment.records import DatasetInfo
from labeler.experiment.registering import drift_references
from labeler.experiment.registering.drift_references import accounts_held_out, leave_drift_references, leave_references
from labeler.experiment.registration import RegisteredVersion, Registration
from labeler.monitoring.drift.samples import read_table
from labeler.monitoring.reports import DriftVerdict
from labeler.transactions import task
from tests.integration.experiment.finished import candidates, write
from tests.integration.monitoring.days import amounts_scaled, day_files, sampled_day
from tests.integration.monitoring.month import Month

EXPERIMENT = "e" * 12


@pytest.fixture
def files(month: Month, tmp_path: Path) -> ExperimentFiles:
    """An experiment whose one version is the model of the month, and the rows that it held out."""
    evaluated = candidates("trees_1")
    files = write(tmp_path / "experiment", evaluated, passed=("trees_1",))
    version = RegisteredVersion(candidate="trees_1", version="1", sha256=month.model.pin.sha256)
    registration = Registration(experiment_id=EXPERIMENT, model_name="m", versions=(version,), challenger="1")
    write_record(files.registration, registration)
    files.held_out.mkdir(parents=True)
    sampled = sampled_day(day_files(1, accounts=1500), month.model, task.parse_reference(task.default_reference()))
    rows = pa.concat_tables([read_table(unit.body) for unit in sampled.units]).unify_dictionaries()
    pq.write_table(rows, files.held_out_sample("trees_1"))
    info = DatasetInfo(
        task=task.name,
        features_digest=task.features_digest(),
        feature_names=task.feature_names,
        reference_version="1",
        reference_sha256="r" * 64,
        statements_sha256="d" * 64,
        files=1500,
        accounts=1500,
        rows=sampled.rows - sampled.rejected,
        rows_rejected=sampled.rejected,
        parts=(),
    )
    write_record(files.dataset, info)
    return files


@pytest.mark.timeout(300)
def test_first_run_of_a_version_is_compared_with_the_rows_its_experiment_held_out(
    month: Month, files: ExperimentFiles
) -> None:
    assert leave_references(files, month.monitoring) == 1

    plain = month.evaluate(month.publish(1, accounts=1000))
    assert plain.flags == ()
    assert plain.reference is not None
    assert plain.reference.origin == f"experiment {EXPERIMENT}, rows that it held out"
    assert plain.rejects is not None
    assert plain.rejects.score < 0.005

    dearer = month.evaluate(month.publish(2, accounts=1000, change=amounts_scaled(2)))
    assert dearer.verdict is DriftVerdict.DRIFTED


def test_an_existing_reference_is_not_replaced_by_an_experiment(month: Month, files: ExperimentFiles) -> None:
    month.evaluate(month.publish(0))  # the first day of a version without a reference
    assert leave_references(files, month.monitoring) == 0
    reference = month.evaluate(month.publish(1)).reference
    assert reference is not None
    assert reference.origin.startswith("run daily-")


def test_held_out_accounts_are_those_of_both_parts(files: ExperimentFiles) -> None:
    assert accounts_held_out(files) == 2 * 20


def test_references_are_written_only_when_enough_accounts_were_held_out(
    month: Month, files: ExperimentFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert leave_drift_references(files, month.monitoring) == (40, None)
    monkeypatch.setattr(drift_references, "LEAST_ACCOUNTS", 40)
    assert leave_drift_references(files, month.monitoring) == (40, 1)


def test_a_missing_held_out_sample_is_rejected_by_name(month: Month, files: ExperimentFiles) -> None:
    files.held_out_sample("trees_1").unlink()
    with pytest.raises(InputInvalidError, match=r"held_out/trees_1\.parquet can't be read: No such file.*evaluate"):
        leave_references(files, month.monitoring)
