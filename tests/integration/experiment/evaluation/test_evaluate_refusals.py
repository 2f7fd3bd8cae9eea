"""What keeps candidates from being evaluated is named."""

import pytest

from labeler.errors import DigestMismatchError, InputInvalidError
from tests.integration.experiment.planned import ToyTask, prepare
from tests.integration.experiment.toy_experiment import ToyExperiment


def test_a_planned_candidate_that_was_not_trained_is_named(toys: ToyExperiment) -> None:
    toys.files.bundle("trees_2").unlink()
    with pytest.raises(InputInvalidError, match=r"bundle of candidate trees_2.*train --candidate trees_2"):
        toys.evaluated()
    toys.files.candidate("trees_2").unlink()
    with pytest.raises(InputInvalidError, match=r"trees_2 was planned but not trained.*train --candidate trees_2"):
        toys.evaluated()


def test_a_bundle_changed_after_training_is_refused(toys: ToyExperiment) -> None:
    path = toys.files.bundle("trees_2")
    path.write_bytes(path.read_bytes().replace(b"ExtraTrees", b"EvilTreees"))

    with pytest.raises(DigestMismatchError, match="model trees_2 version candidate hashes to"):
        toys.evaluated()


def test_a_candidate_trained_for_another_plan_is_refused(toys: ToyExperiment) -> None:
    other = toys.candidate("trees_2").model_copy(update={"parent_run_id": "another"})
    toys.files.candidate("trees_2").write_text(other.model_dump_json())

    with pytest.raises(InputInvalidError, match="trees_2 was trained for another plan"):
        toys.evaluated()


def test_rows_prepared_from_other_data_or_by_other_code_are_refused(toys: ToyExperiment) -> None:
    with pytest.raises(InputInvalidError, match="with this code"):
        toys.evaluated(task=ToyTask(digest="8" * 64))
    prepare(toys.files.directory, statements_sha256="c" * 64)
    with pytest.raises(InputInvalidError, match="the statements changed since the plan"):
        toys.evaluated()
