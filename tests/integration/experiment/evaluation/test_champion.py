"""The champion beside the candidates: evaluated on the same rows, or noted why not."""

import pytest
import requests

from labeler.errors import DigestMismatchError, ServiceUnavailableError
from labeler.experiment.params import SplitRule
from labeler.experiment.scores import Evaluation
from tests.champion import MODEL as TRANSACTIONS
from tests.integration.experiment.toy_experiment import ToyExperiment


def test_a_missing_champion_is_noted(evaluation: Evaluation) -> None:
    assert (evaluation.champion, evaluation.champion_note, evaluation.champion_version) == (
        None,
        "no champion yet",
        None,
    )


def test_a_champion_of_the_same_split_is_evaluated_on_the_same_rows(
    toys: ToyExperiment, evaluation: Evaluation
) -> None:
    version = toys.crown("trees_1")

    result = toys.evaluated()

    assert result.champion_note is None
    assert result.champion is not None
    assert (result.champion.name, result.champion.version, result.champion.family) == ("toys", version, None)
    assert result.champion_version == version
    assert result.champion.later.score == evaluation.candidates[0].later.score
    for one in result.candidates:
        for part in (one.later, one.unseen):
            assert part is not None
            assert part.against_champion is not None
    itself, other = (result.candidates[place].later for place in (0, 2))
    assert itself.against_champion is not None
    assert itself.against_champion.accuracy.model_dump() == {"difference": 0, "low": 0, "high": 0}
    assert other.against_champion is not None
    lead = other.score.accuracy - itself.score.accuracy
    assert other.against_champion.accuracy.difference == pytest.approx(lead)


@pytest.mark.parametrize("split", [str(SplitRule(later_share=0.2, unseen_share=0.25, seed=3)), None])
def test_a_champion_of_another_split_is_evaluated_with_a_note(toys: ToyExperiment, split: str | None) -> None:
    toys.crown("trees_1", split=split)

    result = toys.evaluated()

    assert result.champion is not None
    assert result.champion_note is not None
    assert "version 1 may have seen these rows" in result.champion_note
    assert (split or "a split that it does not name") in result.champion_note


@pytest.mark.parametrize(
    ("tags", "note"),
    [
        ({"features_digest": "9" * 64}, "was trained on features 999999999999, these rows have 777777777777"),
        ({"features_digest": None}, "was trained on features that it does not name"),
        ({"task": "dogs"}, "was trained for the task dogs, this is toy"),
    ],
)
def test_a_champion_that_can_not_be_evaluated_is_noted_and_candidates_still_are(
    toys: ToyExperiment, tags: dict[str, str | None], note: str
) -> None:
    version = toys.crown("trees_1", **tags)

    result = toys.evaluated()

    assert (result.champion, result.champion_version) == (None, version)
    assert note in (result.champion_note or "")
    assert len(result.candidates) == 3


def test_the_champion_of_another_task_is_not_evaluated(toys: ToyExperiment) -> None:
    result = toys.evaluated(model_name=TRANSACTIONS)

    assert result.champion is None
    assert "champion transactions version 1 was trained for the task transactions" in (result.champion_note or "")


def test_a_champion_whose_bytes_differ_from_the_registered_digest_stops_the_evaluation(toys: ToyExperiment) -> None:
    toys.crown("trees_1", sha256="0" * 64)

    with pytest.raises(DigestMismatchError, match="what was evaluated to 000000000000"):
        toys.evaluated()


def test_an_unreachable_registry_stops_the_evaluation(toys: ToyExperiment, monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable(_uri: str) -> None:
        raise requests.ConnectionError

    monkeypatch.setattr("labeler.experiment.evaluation.champion.connect", unreachable)

    with pytest.raises(ServiceUnavailableError):
        toys.evaluated()
