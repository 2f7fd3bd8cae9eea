"""Scores against formulas written differently, and against scikit-learn."""

import math
from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn import metrics as known

from labeler.experiment.evaluation import judged_rows
from labeler.experiment.evaluation.judged_rows import Rows, answer
from labeler.experiment.evaluation.metrics import CALIBRATION_BINS, Answers, score
from labeler.experiment.params import EvaluationRule
from labeler.experiment.scores import Score
from labeler.messages import ModelPin
from labeler.models.bundle import LoadedModel
from labeler.models.predict import predict

CATEGORIES = ("A", "B", "C", "D", "E")
SHARES = (0.1, 0.3, 0.5, 1.0)
THRESHOLDS = (0.2, 0.5, 0.7)
RULE = EvaluationRule(
    coverage_shares=SHARES, confidence_thresholds=THRESHOLDS, bootstrap_samples=100, confidence_level=0.95, seed=1
)
few = settings(max_examples=40)  # scikit-learn takes milliseconds for each
PIN = ModelPin(name="m", version="1", key="models/a.tar", sha256="a" * 64, features_digest="f")


@st.composite
def answered(draw: st.DrawFn) -> tuple[Answers, np.ndarray]:
    """What some model says of some rows, with many rows of one confidence; and the truth."""
    n = draw(st.integers(1, 60))
    codes = hnp.arrays(np.int32, n, elements=st.integers(0, len(CATEGORIES) - 1))
    said, truth = draw(codes), draw(codes)
    sure = draw(hnp.arrays(np.float32, n, elements=st.sampled_from([0.0, 0.25, 0.5, 0.625, 0.75, 1.0])))
    of_truth = np.where(said == truth, sure, np.minimum(sure, 1 - sure)).astype(np.float64)
    return Answers(said, sure, of_truth, 0), truth


def scored(answers: Answers, truth: np.ndarray, account: Any = None) -> Score:
    accounts = np.zeros(len(truth), np.int32) if account is None else np.asarray(account, np.int32)
    return score(answers, truth, accounts, categories=CATEGORIES, rule=RULE)


def said_of(said: list[int], sure: list[float], truth: list[int]) -> Score:
    columns = np.array(said, np.int32), np.array(sure, np.float32), np.ones(len(said))
    return scored(Answers(*columns, unknown_rows=0), np.array(truth, np.int32))


def f1_of(code: int, said: np.ndarray, truth: np.ndarray) -> float:
    """By sets of rows."""
    is_said = {row for row, found in enumerate(said) if found == code}
    is_true = {row for row, found in enumerate(truth) if found == code}
    return 2 * len(is_said & is_true) / (len(is_said) + len(is_true))


@few
@given(answered())
def test_accuracy_f1_and_confusion_are_what_counting_gives(case: tuple[Answers, np.ndarray]) -> None:
    answers, truth = case
    found = scored(answers, truth)
    pairs = Counter(zip(truth.tolist(), answers.said.tolist(), strict=True))
    f1 = {code: f1_of(code, answers.said, truth) for code in sorted(set(truth.tolist()))}
    rows = Counter(truth.tolist())

    assert found.rows == len(truth)
    assert found.accuracy == pytest.approx(sum(n for (a, b), n in pairs.items() if a == b) / len(truth))
    assert found.macro_f1 == pytest.approx(sum(f1.values()) / len(f1))
    assert found.weighted_f1 == pytest.approx(sum(f1[code] * rows[code] for code in f1) / len(truth))
    assert found.confusion == tuple(tuple(pairs[a, b] for b in range(5)) for a in range(5))
    assert {name: (each.rows, each.f1) for name, each in found.categories.items()} == {
        CATEGORIES[code]: (rows[code], pytest.approx(value)) for code, value in f1.items()
    }


@few
@given(answered())
def test_scores_are_those_of_scikit_learn(case: tuple[Answers, np.ndarray]) -> None:
    answers, truth = case
    found, occurring = scored(answers, truth), np.unique(truth)
    options: dict[str, Any] = {"labels": occurring, "zero_division": 0}

    assert found.accuracy == pytest.approx(known.accuracy_score(truth, answers.said))
    assert found.macro_f1 == pytest.approx(known.f1_score(truth, answers.said, average="macro", **options))
    assert found.weighted_f1 == pytest.approx(known.f1_score(truth, answers.said, average="weighted", **options))
    for measure, name in ((known.precision_score, "precision"), (known.recall_score, "recall")):
        wanted = measure(truth, answers.said, average=None, **options)
        assert [getattr(each, name) for each in found.categories.values()] == pytest.approx(wanted.tolist())


def test_a_category_that_is_said_but_never_true_takes_no_part_in_the_average() -> None:
    found = said_of([0, 0, 4, 1], [0.5] * 4, [0, 0, 0, 1])

    assert list(found.categories) == ["A", "B"]
    assert found.macro_f1 == pytest.approx((0.8 + 1) / 2)


def test_log_loss_is_scikit_learn_s_where_nothing_is_certain() -> None:
    draw = np.random.default_rng(1)
    probability, truth = draw.dirichlet(np.ones(5), 200), draw.integers(0, 5, 200).astype(np.int32)
    answers = Answers.of(probability, CATEGORIES, truth, CATEGORIES)

    assert scored(answers, truth).log_loss == pytest.approx(known.log_loss(truth, probability, labels=range(5)))


def test_a_category_that_the_model_does_not_know_counts_as_the_least_probability() -> None:
    probability, truth = np.array([[0.25, 0.75], [0.5, 0.5], [1.0, 0.0]]), np.array([3, 1, 1], np.int32)
    answers = Answers.of(probability, ("B", "D"), truth, CATEGORIES)
    unknown = Answers.of(probability, ("A", "B"), truth, CATEGORIES)

    assert answers.said.tolist() == [3, 1, 1]
    assert (answers.unknown_rows, unknown.unknown_rows) == (0, 1)
    assert scored(answers, truth).log_loss == pytest.approx(-(math.log(0.75) + math.log(0.5) + math.log(1)) / 3)
    found = scored(unknown, truth)
    assert found.unknown_rows == 1
    assert found.log_loss == pytest.approx(-(math.log(1e-7) + math.log(0.5) + math.log(1e-7)) / 3)


@few
@given(answered(), st.randoms(use_true_random=False))
def test_whatever_the_order_of_the_rows_the_scores_are_the_same(
    case: tuple[Answers, np.ndarray], shuffler: Any
) -> None:
    answers, truth = case
    order = list(range(len(truth)))
    shuffler.shuffle(order)
    other = Answers(answers.said[order], answers.confidence[order], answers.of_truth[order], 0)
    first, second = scored(answers, truth), scored(other, truth[order])

    same = first.model_dump(exclude={"log_loss"})
    assert same == second.model_dump(exclude={"log_loss"})
    assert first.log_loss == pytest.approx(second.log_loss)


@few
@given(answered())
def test_rows_of_equal_confidence_count_in_equal_parts_among_the_surest(case: tuple[Answers, np.ndarray]) -> None:
    answers, truth = case
    rows = list(zip(answers.confidence.tolist(), (answers.said == truth).tolist(), strict=True))

    for point in scored(answers, truth).by_share:
        taken = math.ceil(point.share * len(rows) - 1e-9)
        bound = sorted((sure for sure, _ in rows), reverse=True)[taken - 1]
        above, equal = [right for sure, right in rows if sure > bound], [right for sure, right in rows if sure == bound]
        right = sum(above) + (taken - len(above)) * sum(equal) / len(equal)
        assert (point.threshold, point.accuracy) == (bound, pytest.approx(right / taken))


@few
@given(answered())
def test_accuracy_above_a_confidence_is_that_of_the_rows_with_at_least_so_much(
    case: tuple[Answers, np.ndarray],
) -> None:
    answers, truth = case
    for point in scored(answers, truth).by_threshold:
        sure = answers.confidence >= np.float32(point.threshold)
        assert point.share == pytest.approx(sure.mean())
        assert point.accuracy == (
            pytest.approx((answers.said == truth)[sure].mean()) if sure.any() else None
        )  # fmt: skip


def test_calibration_error_is_the_mean_gap_of_fifteen_bins_of_equal_counts() -> None:
    draw = np.random.default_rng(3)
    sure = draw.permutation(np.linspace(0.1, 0.99, 300)).astype(np.float32)
    is_right = draw.random(300) < sure**2
    order = np.argsort(sure)
    gaps = [abs(is_right[some].mean() - sure[some].astype(float).mean()) for some in np.array_split(order, 15)]

    found = said_of([0] * 300, sure.tolist(), np.where(is_right, 0, 1).tolist())

    assert found.calibration_error == pytest.approx(sum(gaps) / 15)
    assert [each.confidence for each in found.reliability] == sorted(each.confidence for each in found.reliability)
    assert [abs(each.confidence - each.accuracy) for each in found.reliability] == pytest.approx(gaps)


@few
@given(answered())
def test_every_row_has_its_share_in_the_curves(case: tuple[Answers, np.ndarray]) -> None:
    answers, truth = case
    found = scored(answers, truth)

    assert found.by_share[-1].accuracy == pytest.approx(found.accuracy)
    assert found.coverage_curve[-1] == pytest.approx(found.accuracy)
    assert len(found.reliability) == CALIBRATION_BINS
    assert np.mean([each.accuracy for each in found.reliability]) == pytest.approx(found.accuracy)
    assert np.mean([each.confidence for each in found.reliability]) == pytest.approx(float(answers.confidence.mean()))
    assert 0 <= found.calibration_error <= 1


def test_a_constant_confidence_errs_by_its_distance_from_the_accuracy() -> None:
    found = said_of([0, 0, 0, 0], [0.5] * 4, [0, 0, 0, 1])

    assert found.calibration_error == pytest.approx(0.25)


def test_accounts_are_counted_once() -> None:
    answers = Answers(np.zeros(4, np.int32), np.ones(4, np.float32), np.ones(4), 0)

    assert scored(answers, np.zeros(4, np.int32), [7, 2, 7, 7]).accounts == 2


class Echo:
    """Its features are its probabilities."""

    def predict_proba(self, matrix: np.ndarray) -> np.ndarray:
        return matrix.astype(np.float64)


@few
@given(hnp.arrays(np.float32, st.tuples(st.integers(1, 40), st.just(3)), elements=st.sampled_from([0, 0.25, 0.5, 1])))
def test_labels_and_confidences_are_those_that_a_worker_writes(matrix: np.ndarray) -> None:
    classes, truth = ("B", "C", "E"), np.zeros(len(matrix), np.int32)
    written = predict(LoadedModel(Echo(), classes, PIN), matrix, block_rows=7)

    judged = answer(Echo(), classes, Rows(matrix, truth, truth), CATEGORIES)

    assert [CATEGORIES[code] for code in judged.said] == [classes[code] for code in written.label]
    assert judged.confidence.tolist() == written.confidence.tolist()
    assert judged.confidence.dtype == written.confidence.dtype


def test_blocks_follow_one_another(monkeypatch: pytest.MonkeyPatch) -> None:
    matrix = np.random.default_rng(1).dirichlet(np.ones(3), 20).astype(np.float32)
    rows = Rows(matrix, np.arange(20, dtype=np.int32) % 5, np.zeros(20, np.int32))
    whole = answer(Echo(), ("B", "C", "E"), rows, CATEGORIES)
    monkeypatch.setattr(judged_rows, "BLOCK_ROWS", 6)

    parts = answer(Echo(), ("B", "C", "E"), rows, CATEGORIES)

    assert parts.unknown_rows == whole.unknown_rows == 8
    for name in ("said", "confidence", "of_truth"):
        assert getattr(parts, name).tolist() == getattr(whole, name).tolist()
