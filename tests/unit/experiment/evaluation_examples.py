"""Evaluations, criteria and plans with every figure made up: a candidate meets all criteria unless a test spoils it."""

from typing import Any

from labeler.experiment.evaluation.criteria import Criteria
from labeler.experiment.params import Preprocessing, SplitRule
from labeler.experiment.records import CandidateSpec, DataVersion, ExperimentPlan
from labeler.experiment.scores import (
    CategoryScore,
    Comparison,
    CoveragePoint,
    Evaluation,
    Interval,
    ModelEvaluation,
    ReliabilityBin,
    Score,
    SplitScore,
)
from labeler.experiment.verdicts import Criterion, GateResult, GateVerdict

EXPERIMENT = "e" * 10
CATEGORIES = ("BAR", "FOOD", "PETS")
CRITERIA: dict[str, dict[str, Any]] = {
    "later": {
        "min_accuracy_above_majority": 0.08,
        "min_macro_f1": 0.2,
        "min_accuracy_of_surest": {"share": 0.3, "accuracy": 0.75},
        "max_calibration_error": 0.1,
        "max_log_loss": 2.0,
        "min_category_f1": {"FOOD": 0.4},
        "min_category_rows": 50,
    },
    "unseen": {"min_accuracy_above_majority": -0.05},
    "champion": {"max_accuracy_loss": 0.02, "max_macro_f1_loss": 0.03},
    "speed": {
        "files_per_day": 1_000_000,
        "rows_per_file": 100,
        "deadline_s": 1000,
        "max_workers": 10,
        "used_share": 0.5,
        "other_us_per_file": 1000,
        "max_us_per_row": 5.0,
    },
}


def criteria(**changed: dict[str, Any]) -> Criteria:
    """`changed` keys of each section."""
    return Criteria.model_validate({name: keys | changed.get(name, {}) for name, keys in CRITERIA.items()})


def interval(difference: float, low: float | None = None) -> Interval:
    """As wide above as below; 0.05 when `low` is left out."""
    low = difference - 0.05 if low is None else low
    return Interval(difference=difference, low=low, high=2 * difference - low)


def comparison(accuracy: Interval, macro_f1: Interval | None = None) -> Comparison:
    return Comparison(accuracy=accuracy, macro_f1=macro_f1 or accuracy)


def category(rows: int = 400, f1: float = 0.5) -> CategoryScore:
    return CategoryScore(rows=rows, precision=f1, recall=f1, f1=f1)


def score(**changed: Any) -> Score:
    fields = {
        "rows": 1000,
        "accounts": 20,
        "accuracy": 0.45,
        "macro_f1": 0.3,
        "weighted_f1": 0.4,
        "log_loss": 1.5,
        "calibration_error": 0.04,
        "by_share": most_confident(0.8),
        "by_threshold": (),
        "coverage_curve": (0.9, 0.8, 0.6, 0.45),
        "reliability": tuple(ReliabilityBin(confidence=sure / 10, accuracy=sure / 11) for sure in range(1, 9)),
        "categories": {"BAR": category(), "FOOD": category(500), "PETS": category(100)},
        "confusion": ((200, 200, 0), (100, 250, 150), (50, 50, 0)),
    }
    return Score(**(fields | changed))


def most_confident(accuracy: float | None, share: float = 0.3) -> tuple[CoveragePoint, ...]:
    return (CoveragePoint(share=share, threshold=0.6, accuracy=accuracy),)


def split(gain: Interval | None = None, champion: Comparison | None = None, **changed: Any) -> SplitScore:
    """`gain` on the majority baseline; `changed` of the score."""
    return SplitScore(
        score=score(**changed), against_majority=comparison(gain or interval(0.12)), against_champion=champion
    )


def model(name: str = "trees_1", **changed: Any) -> ModelEvaluation:
    fields = {
        "name": name,
        "family": name.partition("_")[0],
        "sha256": name.encode().hex().ljust(64, "0"),
        "size_bytes": 1_500_000,
        "us_per_row": 2.0,
        "later": split(),
        "unseen": split(interval(0.02), accuracy=0.35),
    }
    return ModelEvaluation(**(fields | changed))


def evaluation(*models: ModelEvaluation, **changed: Any) -> Evaluation:
    fields = {
        "experiment_id": EXPERIMENT,
        "categories": CATEGORIES,
        "rows_train": 4000,
        "block_rows": 16_000,
        "majority_category": "FOOD",
        "majority_later": score(accuracy=0.33, macro_f1=0.04),
        "majority_unseen": score(accuracy=0.33, macro_f1=0.04),
        "champion": None,
        "champion_note": "no champion yet",
        "candidates": models or (model(),),
    }
    return Evaluation(**(fields | changed))


def verdict(candidate: str, *missed: str) -> GateVerdict:
    """Meets one criterion, and misses those that are named."""
    met = Criterion(name="macro-F1", value=0.3, bound=0.2, sense=">=", is_met=True)
    others = (Criterion(name=name, value=0.1, bound=0.2, sense=">=", is_met=False) for name in missed)
    return GateVerdict(candidate=candidate, criteria=(met, *others))


def result(*verdicts: GateVerdict, winner: str | None = None) -> GateResult:
    return GateResult(experiment_id=EXPERIMENT, verdicts=verdicts, winner=winner)


def plan(*names: str, **changed: Any) -> ExperimentPlan:
    fields = {
        "experiment_id": EXPERIMENT,
        "parent_run_id": "run-of-all",
        "task": "toys",
        "features_digest": "f" * 64,
        "training_digest": "c" * 64,
        "split": SplitRule(later_share=0.3, unseen_share=0.2, seed=1),
        "max_rows": 1000,
        "data": data(),
        "candidates": tuple(spec(name) for name in names),
    }
    return ExperimentPlan(**(fields | changed))


def data(**changed: Any) -> DataVersion:
    fields = {
        "statements_sha256": "d" * 64,
        "reference_sha256": "b" * 64,
        "dvc": "1234.dir",
        "git_commit": "c" * 40,
        "git_is_dirty": False,
    }
    return DataVersion(**(fields | changed))


def spec(name: str) -> CandidateSpec:
    return CandidateSpec(
        name=name,
        family="extra_trees",
        preparation_name="plain",
        preparation=Preprocessing(),
        parameters={"n_estimators": 40, "max_features": 0.5},
        seed=1,
    )
