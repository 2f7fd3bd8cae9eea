"""Every planned candidate is trained once, by one process or several."""

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

from labeler.experiment.files import ExperimentFiles, read_record
from labeler.experiment.records import TrainedCandidate
from tests.integration.experiment.planned import CATEGORIES, NAMES, planned, prepare
from tests.integration.experiment.training.trained import served, trained

ROOT = Path(__file__).resolve().parents[4]


def test_every_planned_candidate_has_bundle_record_and_run(files: ExperimentFiles, registry: str) -> None:
    plan = planned(files, registry)
    begun: list[str] = []

    candidates = trained(files, registry, progress=begun.append)

    assert [one.spec for one in candidates] == list(plan.candidates)
    assert begun == NAMES
    for one in candidates:
        body = files.bundle(one.spec.name).read_bytes()
        assert one == read_record(TrainedCandidate, files.candidate(one.spec.name), step="train")
        assert (one.sha256, one.size_bytes) == (hashlib.sha256(body).hexdigest(), len(body))
        assert served(files, one).categories == CATEGORIES
    assert len({one.run_id for one in candidates}) == 3
    assert [path.name for path in files.directory.rglob(".*")] == []


def test_second_train_fits_only_missing_candidates(files: ExperimentFiles, registry: str) -> None:
    planned(files, registry)
    first = trained(files, registry)
    files.bundle("trees_1").write_bytes(b"cut off")
    files.candidate("linear_1").unlink()
    begun: list[str] = []

    again = trained(files, registry, progress=begun.append)

    assert begun == ["trees_1", "linear_1"]
    assert again[1] == first[1]
    assert trained(files, "never asked") == again


def test_candidate_of_another_plan_is_trained_again(files: ExperimentFiles, registry: str) -> None:
    planned(files, registry)
    first = trained(files, registry, "trees_1")[0]
    bundle, record = files.bundle("trees_1").read_bytes(), files.candidate("trees_1").read_text()
    prepare(files.directory, statements_sha256="c" * 64)
    planned(files, registry)
    files.bundle("trees_1").parent.mkdir(parents=True)
    files.bundle("trees_1").write_bytes(bundle)
    files.candidate("trees_1").write_text(record)

    assert trained(files, registry, "trees_1")[0].run_id != first.run_id


PROCESS = """
import sys
from pathlib import Path
from labeler.experiment.files import ExperimentFiles
from labeler.experiment.training.train import train
from tests.integration.experiment.planned import TASK

train(ExperimentFiles(Path(sys.argv[1])), task=TASK, registry_uri=sys.argv[2], names=[sys.argv[3]])
"""


@pytest.mark.experiments
def test_processes_can_train_candidates_of_one_directory_in_parallel(files: ExperimentFiles, registry: str) -> None:
    planned(files, registry)
    started = [
        subprocess.Popen(
            [sys.executable, "-c", PROCESS, str(files.directory), registry, name],
            cwd=ROOT,
            stderr=subprocess.PIPE,
            text=True,
        )
        for name in NAMES
    ]

    for process in started:
        _, errors = process.communicate(timeout=120)
        assert process.returncode == 0, errors

    assert [one.spec.name for one in trained(files, "never asked")] == NAMES
