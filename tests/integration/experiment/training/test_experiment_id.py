"""The same data, code and parameters give the same id; another experiment deletes the candidates of the earlier one."""

import shutil
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from labeler.experiment.files import ExperimentFiles
from labeler.experiment.training import experiment_id
from tests.integration.experiment.planned import CANDIDATES, params, planned, prepare


def test_lost_plan_file_gives_the_same_id_and_a_new_run(files: ExperimentFiles, registry: str) -> None:
    first = planned(files, registry)
    files.plan.unlink()

    again = planned(files, registry)

    assert again.experiment_id == first.experiment_id
    assert again.parent_run_id != first.parent_run_id


@pytest.mark.parametrize(
    "changed",
    [
        {"candidates": {"trees": CANDIDATES["trees"] | {"parameters": {"n_estimators": 6}}}},
        {"split": {"later_share": 0.2, "unseen_share": 0.25, "seed": 3}},
        {"training": {"seed": 6, "max_rows": 10_000}},
        {"preparations": {"plain": {"scale": "quantile"}, "bare": {}, "scaled": {}}},
    ],
)
def test_changed_parameters_give_a_new_id_and_delete_old_candidates(
    files: ExperimentFiles, registry: str, changed: dict[str, Any]
) -> None:
    first = planned(files, registry)
    files.candidate("trees_1").parent.mkdir(parents=True)
    files.bundle("trees_1").write_bytes(b"trained")

    second = planned(files, registry, params(**changed))

    assert second.experiment_id != first.experiment_id
    assert second.parent_run_id != first.parent_run_id
    assert not files.candidates.exists()


@pytest.mark.parametrize("changed", [{"statements_sha256": "c" * 64}, {"reference_sha256": "c" * 64}])
def test_changed_data_give_a_new_id(files: ExperimentFiles, registry: str, changed: dict[str, str]) -> None:
    first = planned(files, registry)
    prepare(files.directory, **changed)

    assert planned(files, registry).experiment_id != first.experiment_id


def change_a_constant(monkeypatch: pytest.MonkeyPatch, directory: Path) -> None:
    package = Path(shutil.copytree(experiment_id.PACKAGE, directory / "labeler"))
    module = package / "experiment/training/preprocessing.py"
    module.write_text(module.read_text(encoding="utf-8") + "TARGET_FOLDS = 7\n", encoding="utf-8")
    monkeypatch.setattr(experiment_id, "PACKAGE", package)


def change_a_library(monkeypatch: pytest.MonkeyPatch, _: Path) -> None:
    monkeypatch.setattr(experiment_id, "version", lambda name: "99.0" if name == "scikit-learn" else version(name))


@pytest.mark.parametrize("change", [change_a_constant, change_a_library])
def test_changed_code_or_library_gives_a_new_id(
    files: ExperimentFiles, registry: str, change: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    first = planned(files, registry)
    files.candidate("trees_1").parent.mkdir(parents=True)
    files.bundle("trees_1").write_bytes(b"trained")
    change(monkeypatch, tmp_path)

    assert planned(files, registry).experiment_id != first.experiment_id
    assert not files.candidates.exists()


def test_same_code_in_another_folder_gives_the_same_id(
    files: ExperimentFiles, registry: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    first = planned(files, registry)
    monkeypatch.setattr(experiment_id, "PACKAGE", Path(shutil.copytree(experiment_id.PACKAGE, tmp_path / "labeler")))

    assert planned(files, registry) == first


def test_evaluation_parameters_do_not_change_the_id(files: ExperimentFiles, registry: str) -> None:
    first = planned(files, registry)
    rule = params().evaluation.model_dump() | {"bootstrap_samples": 200}

    assert planned(files, registry, params(evaluation=rule)) == first
