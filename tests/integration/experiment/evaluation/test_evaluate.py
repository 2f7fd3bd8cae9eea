"""Candidates, champion and majority on the same rows: the bundles that were trained, as a worker loads them."""

import hashlib
import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import requests
from sklearn.metrics import accuracy_score, f1_score, log_loss

from labeler.errors import DigestMismatchError, InputInvalidError, ServiceUnavailableError
from labeler.experiment.data.dataset import load_dataset
from labeler.experiment.data.split import split_rows
from labeler.experiment.evaluation import evaluate, held_out, incumbent
from labeler.experiment.files import read_record
from labeler.experiment.params import SplitRule
from labeler.experiment.scores import Evaluation
from labeler.messages import ModelPin
from labeler.models.bundle import load
from labeler.models.predict import predict
from labeler.monitoring.drift.samples import read_table
from tests.champion import MODEL as TRANSACTIONS
from tests.integration.experiment.planned import CATEGORIES, DIGEST, NAMES, Toys, params, prepare
from tests.integration.experiment.toy_experiment import ToyExperiment, train_toys

if TYPE_CHECKING:
    from tests.champion import TrainedChampion


@pytest.fixture(scope="module")
def trained(champion: "TrainedChampion", tmp_path_factory: pytest.TempPathFactory) -> ToyExperiment:
    directory = tmp_path_factory.mktemp("toys")
    return train_toys(directory / "experiment", champion.copied_to(directory))


@pytest.fixture(scope="module")
def judged(trained: ToyExperiment) -> Evaluation:
    return trained.evaluated()


@pytest.fixture
def toys(trained: ToyExperiment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ToyExperiment:
    """One's own copy, to spoil; without pictures, which take most of the time."""
    monkeypatch.setattr(evaluate, "draw", lambda *_, **__: {})
    return trained.copied_to(tmp_path)


def rows(toys: ToyExperiment) -> dict[str, tuple[np.ndarray, list[str]]]:
    """(matrix, truth) of each part."""
    dataset = load_dataset(toys.files, max_rows=10_000)
    split, truth = split_rows(dataset, params().split), np.array(dataset.categories)[dataset.label]
    parts = {name: getattr(split, name) for name in ("train", "later", "unseen")}
    return {name: (dataset.matrix[part], truth[part].tolist()) for name, part in parts.items()}


def sampled(toys: ToyExperiment, name: str) -> list[np.ndarray]:
    """Columns of a candidate's sample: features, label, confidence, weight."""
    table = read_table(toys.files.held_out_sample(name).read_bytes())
    return [np.array(column.to_pylist()) for column in table.columns]


def test_an_evaluation_leaves_its_scores_its_headlines_and_its_pictures(
    trained: ToyExperiment, judged: Evaluation
) -> None:
    folder = trained.files.evaluation.parent
    kept = json.loads(trained.files.metrics.read_bytes())

    assert read_record(Evaluation, trained.files.evaluation, step="evaluate") == judged
    assert {path.name for path in folder.iterdir()} == {
        "evaluation.json", "coverage.png", "calibration.png", "speed.png", "held_out",
        *(f"confusion_{name}.png" for name in NAMES)
    }  # fmt: skip
    assert set(kept["candidates"]) == set(NAMES)
    for one in judged.candidates:
        told = kept["candidates"][one.name]
        assert told["later_accuracy"] == pytest.approx(one.later.score.accuracy, abs=1e-6)
        assert told["unseen_accuracy"] == pytest.approx(one.unseen.score.accuracy if one.unseen else None, abs=1e-6)
        assert told["us_per_row"] == 1.0
    assert kept["champion"] is None
    assert kept["majority"]["later_accuracy"] == pytest.approx(judged.majority_later.accuracy, abs=1e-6)


def test_what_is_judged_are_the_trained_bundles_with_the_worker_s_own_answers(
    trained: ToyExperiment, judged: Evaluation
) -> None:
    assert [one.name for one in judged.candidates] == NAMES
    for one in judged.candidates:
        body = trained.files.bundle(one.name).read_bytes()
        assert (one.sha256, one.size_bytes) == (hashlib.sha256(body).hexdigest(), len(body))
        pin = ModelPin(name="m", version="1", key="a", sha256=one.sha256, features_digest=DIGEST)
        model = load(body, pin, features_digest=DIGEST)
        for part, found in (("later", one.later), ("unseen", one.unseen)):
            matrix, truth = rows(trained)[part]
            said = [model.categories[code] for code in predict(model, matrix, block_rows=50).label]
            assert found is not None
            assert found.score.rows == len(truth)
            assert found.score.accuracy == pytest.approx(accuracy_score(truth, said))
            assert found.score.macro_f1 == pytest.approx(f1_score(truth, said, average="macro"))
            probability = np.clip(model.classifier.predict_proba(matrix), 1e-7, 1)
            right = probability[np.arange(len(truth)), [CATEGORIES.index(name) for name in truth]]
            assert found.score.log_loss == pytest.approx(-np.log(right).mean())


def test_a_candidate_s_sample_holds_only_rows_that_it_did_not_learn_from(
    trained: ToyExperiment, judged: Evaluation
) -> None:
    found = rows(trained)
    expected = np.concatenate([found["later"][0], found["unseen"][0]])
    assert {path.stem for path in trained.files.held_out.iterdir()} == set(NAMES)
    for one in judged.candidates:
        body = trained.files.bundle(one.name).read_bytes()
        pin = ModelPin(name="m", version="1", key="a", sha256=one.sha256, features_digest=DIGEST)
        said = predict(load(body, pin, features_digest=DIGEST), expected, block_rows=50)
        *columns, label, confidence, weight = sampled(trained, one.name)
        assert np.array_equal(np.column_stack(columns), expected)
        assert label.tolist() == [CATEGORIES[code] for code in said.label]
        assert np.array_equal(confidence, said.confidence)
        assert set(weight) == {1}


def test_a_sample_of_many_rows_is_a_small_one_of_both_parts(
    toys: ToyExperiment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(held_out, "ROWS", 40)
    (toys.files.held_out / "gone.parquet").write_bytes(b"of a candidate that is no longer planned")
    toys.evaluated()
    found = rows(toys)
    for name in NAMES:
        matrix = np.column_stack(sampled(toys, name)[:-3]).tolist()
        later, unseen = ([row.tolist() for row in found[part][0]] for part in ("later", "unseen"))
        assert 38 <= len(matrix) <= 40
        shares = [sum(row in part for row in matrix) / len(matrix) for part in (later, unseen)]
        assert sum(shares) == pytest.approx(1)
        assert shares[0] == pytest.approx(len(later) / (len(later) + len(unseen)), abs=0.05)
    assert {path.stem for path in toys.files.held_out.iterdir()} == set(NAMES)


def test_a_model_that_learnt_something_is_far_above_the_majority(judged: Evaluation) -> None:
    for one in judged.candidates:
        gain = one.later.against_majority.accuracy
        assert gain.difference == pytest.approx(one.later.score.accuracy - judged.majority_later.accuracy)
        assert 0 < gain.low < gain.difference < gain.high
        assert one.later.against_champion is None


def test_the_majority_baseline_is_what_counting_gives(trained: ToyExperiment, judged: Evaluation) -> None:
    found = rows(trained)
    learnt = Counter(found["train"][1])
    most, _ = learnt.most_common(1)[0]
    shares = [[learnt[name] / learnt.total() for name in CATEGORIES]]

    assert (judged.majority_category, judged.rows_train) == (most, learnt.total())
    for part, baseline in (("later", judged.majority_later), ("unseen", judged.majority_unseen)):
        truth = found[part][1]
        share = truth.count(most) / len(truth)
        assert baseline is not None
        assert baseline.accuracy == pytest.approx(share)
        assert baseline.macro_f1 == pytest.approx(2 * share / (1 + share) / len(set(truth)))
        assert baseline.log_loss == pytest.approx(log_loss(truth, shares * len(truth), labels=list(CATEGORIES)))


def contents(toys: ToyExperiment) -> dict[Path, bytes]:
    folder = toys.files.evaluation.parent
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_same_evaluation_is_written_again_and_pictures_of_the_past_go(
    trained: ToyExperiment, judged: Evaluation, tmp_path: Path
) -> None:
    toys = trained.copied_to(tmp_path)
    before = contents(toys)
    toys.files.picture("confusion_gone_1").write_bytes(b"old")
    heard: list[str] = []

    assert toys.evaluated(progress=heard.append) == judged

    assert contents(toys) == before
    assert heard == ["champion", *NAMES, "pictures"]


def test_a_candidate_that_was_planned_but_not_trained_is_named(toys: ToyExperiment) -> None:
    toys.files.bundle("trees_2").unlink()
    with pytest.raises(InputInvalidError, match=r"bundle of candidate trees_2.*train --candidate trees_2"):
        toys.evaluated()
    toys.files.candidate("trees_2").unlink()
    with pytest.raises(InputInvalidError, match=r"trees_2 was planned but not trained.*train --candidate trees_2"):
        toys.evaluated()


def test_a_bundle_that_was_changed_since_its_training_is_refused(toys: ToyExperiment) -> None:
    path = toys.files.bundle("trees_2")
    path.write_bytes(path.read_bytes().replace(b"ExtraTrees", b"EvilTreees"))

    with pytest.raises(DigestMismatchError, match="model trees_2 version candidate hashes to"):
        toys.evaluated()


def test_what_was_trained_for_another_plan_is_refused(toys: ToyExperiment) -> None:
    other = toys.candidate("trees_2").model_copy(update={"parent_run_id": "another"})
    toys.files.candidate("trees_2").write_text(other.model_dump_json())

    with pytest.raises(InputInvalidError, match="trees_2 was trained for another plan"):
        toys.evaluated()


def test_rows_of_other_data_or_other_code_are_not_judged_on(toys: ToyExperiment) -> None:
    with pytest.raises(InputInvalidError, match="with this code"):
        toys.evaluated(task=Toys(digest="8" * 64))
    prepare(toys.files.directory, statements_sha256="c" * 64)
    with pytest.raises(InputInvalidError, match="the statements changed since the plan"):
        toys.evaluated()


def test_without_a_champion_this_is_noted(judged: Evaluation) -> None:
    assert (judged.champion, judged.champion_note, judged.champion_version) == (None, "no champion yet", None)


def test_a_champion_of_the_same_split_is_judged_on_the_same_rows(toys: ToyExperiment, judged: Evaluation) -> None:
    version = toys.crown("trees_1")

    found = toys.evaluated()

    assert found.champion_note is None
    assert found.champion is not None
    assert (found.champion.name, found.champion.version, found.champion.family) == ("toys", version, None)
    assert found.champion_version == version
    assert found.champion.later.score == judged.candidates[0].later.score
    for one in found.candidates:
        for part in (one.later, one.unseen):
            assert part is not None
            assert part.against_champion is not None
    itself, other = (found.candidates[place].later for place in (0, 2))
    assert itself.against_champion is not None
    assert itself.against_champion.accuracy.model_dump() == {"difference": 0, "low": 0, "high": 0}
    assert other.against_champion is not None
    lead = other.score.accuracy - itself.score.accuracy
    assert other.against_champion.accuracy.difference == pytest.approx(lead)


@pytest.mark.parametrize("split", [str(SplitRule(later_share=0.2, unseen_share=0.25, seed=3)), None])
def test_a_champion_of_another_split_is_judged_with_a_doubt(toys: ToyExperiment, split: str | None) -> None:
    toys.crown("trees_1", split=split)

    found = toys.evaluated()

    assert found.champion is not None
    assert found.champion_note is not None
    assert "version 1 may have seen these rows" in found.champion_note
    assert (split or "a split that it does not name") in found.champion_note


@pytest.mark.parametrize(
    ("tags", "said"),
    [
        ({"features_digest": "9" * 64}, "was trained on features 999999999999, these rows have 777777777777"),
        ({"features_digest": None}, "was trained on features that it does not name"),
        ({"task": "dogs"}, "was trained for the task dogs, this is toy"),
    ],
)
def test_a_champion_that_can_t_be_judged_on_these_rows_is_noted_and_does_not_stop_the_others(
    toys: ToyExperiment, tags: dict[str, str | None], said: str
) -> None:
    version = toys.crown("trees_1", **tags)

    found = toys.evaluated()

    assert (found.champion, found.champion_version) == (None, version)
    assert said in (found.champion_note or "")
    assert len(found.candidates) == 3


def test_the_champion_of_a_real_task_is_none_for_toys(toys: ToyExperiment) -> None:
    found = toys.evaluated(model_name=TRANSACTIONS)

    assert found.champion is None
    assert "champion transactions version 1 was trained for the task transactions" in (found.champion_note or "")


def test_a_champion_that_is_not_what_was_registered_stops_the_evaluation(toys: ToyExperiment) -> None:
    toys.crown("trees_1", sha256="0" * 64)

    with pytest.raises(DigestMismatchError, match="what was judged to 000000000000"):
        toys.evaluated()


def test_a_registry_that_does_not_answer_is_no_reason_to_go_on_without_a_champion(
    toys: ToyExperiment, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreachable(_uri: str) -> None:
        raise requests.ConnectionError

    monkeypatch.setattr(incumbent, "connect", unreachable)

    with pytest.raises(ServiceUnavailableError):
        toys.evaluated()
