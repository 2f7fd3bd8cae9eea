"""An experiment that was trained, evaluated and gated, without the minutes that this takes."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

from labeler.experiment.files import ExperimentFiles, write_record
from labeler.experiment.params import Preprocessing, SplitRule
from labeler.experiment.records import (
    CandidateSpec,
    DataVersion,
    ExperimentPlan,
    TrainedCandidate,
)
from labeler.experiment.registration import RegisteredVersion, Registration
from labeler.experiment.scores import (
    CategoryScore,
    Comparison,
    CoveragePoint,
    Evaluation,
    Interval,
    ModelEvaluation,
    Score,
    SplitScore,
)
from labeler.experiment.verdicts import Criterion, GateResult, GateVerdict
from labeler.transactions import task
from tests.champion import MODEL

EXPERIMENT = "e" * 12
PNG = bytes.fromhex("89504e470d0a1a0a") + b"picture of "
GAIN = Interval(difference=0.1, low=0.05, high=0.15)


def candidates(*names: str) -> dict[str, TrainedCandidate]:
    """As train leaves them, with no MLflow behind."""
    return {name: trained(name, hashlib.sha256(name.encode()).hexdigest()) for name in names}


def trained(name: str, sha256: str, *, run_id: str = "run", model_uri: str = "models:/m-none") -> TrainedCandidate:
    spec = CandidateSpec(
        name=name,
        family="extra_trees",
        preparation_name="target",
        preparation=Preprocessing(groups={"codes": "target"}),
        parameters={"n_estimators": 60, "max_features": 0.5, "layers": (64, 32), "max_depth": None},
        seed=20191,
    )
    return TrainedCandidate(
        spec=spec, run_id=run_id, model_uri=model_uri, sha256=sha256, size_bytes=1, rows=100, fit_s=0.1
    )


def write(
    directory: Path,
    candidates: Mapping[str, TrainedCandidate],
    *,
    passed: tuple[str, ...] = (),
    experiment: str = EXPERIMENT,
    champion: str | None = "1",
) -> ExperimentFiles:
    """Everything up to the gate; the first of those that passed wins. `champion`: the version at that time."""
    files = ExperimentFiles(directory)
    plan = ExperimentPlan(
        experiment_id=experiment,
        parent_run_id="parent",
        task=task.name,
        features_digest=task.features_digest(),
        training_digest="c" * 64,
        split=SplitRule(later_share=0.3, unseen_share=0.2, seed=1),
        max_rows=1000,
        data=DataVersion(
            statements_sha256="d" * 64, reference_sha256="r" * 64, dvc=None, git_commit=None, git_is_dirty=None
        ),
        candidates=tuple(one.spec for one in candidates.values()),
    )
    write_record(files.plan, plan)
    for name, one in candidates.items():
        write_record(files.candidate(name), one)
    models = tuple(evaluated(name, one.sha256, place) for place, (name, one) in enumerate(candidates.items()))
    write_record(files.evaluation, evaluation(models, experiment, champion))
    write_verdict(files, tuple(candidates), passed=passed, experiment=experiment)
    files.plot("confusion").write_bytes(PNG + b"confusion")
    files.plot("coverage").write_bytes(PNG + b"coverage")
    return files


def score(accuracy: float, macro_f1: float) -> Score:
    return Score(
        rows=1000,
        accounts=20,
        accuracy=accuracy,
        macro_f1=macro_f1,
        weighted_f1=0.45,
        log_loss=1.5,
        calibration_error=0.05,
        by_share=(CoveragePoint(share=0.3, threshold=0.6, accuracy=0.8),),
        by_threshold=(),
        categories={"FOOD": CategoryScore(rows=1000, precision=0.5, recall=0.5, f1=0.5)},
        confusion=((1000,),),
    )


def evaluated(name: str, sha256: str, place: int) -> ModelEvaluation:
    """The later it stands, the better and the slower it is."""
    gain = Comparison(accuracy=GAIN, macro_f1=GAIN)
    macro_f1 = 0.22 + place / 100
    return ModelEvaluation(
        name=name,
        family="extra_trees",
        sha256=sha256,
        size_bytes=1_500_000,
        us_per_row=2.0 + place,
        later=SplitScore(score=score(0.45 + place / 100, macro_f1), against_majority=gain),
        unseen=SplitScore(score=score(0.35, macro_f1), against_majority=gain),
    )


def evaluation(models: tuple[ModelEvaluation, ...], experiment: str, champion: str | None) -> Evaluation:
    return Evaluation(
        experiment_id=experiment,
        categories=("FOOD",),
        rows_train=4000,
        block_rows=16_000,
        majority_category="FOOD",
        majority_later=score(0.33, 0.04),
        majority_unseen=score(0.33, 0.04),
        champion=None,
        champion_note="a champion of other features" if champion else "no champion yet",
        champion_version=champion,
        candidates=models,
    )


def write_verdict(
    files: ExperimentFiles, names: tuple[str, ...], *, passed: tuple[str, ...], experiment: str = EXPERIMENT
) -> None:
    verdicts = tuple(
        GateVerdict(
            candidate=name,
            criteria=(Criterion(name="macro-F1", value=0.2, bound=0.2, sense=">=", is_met=name in passed),),
        )
        for name in names
    )
    result = GateResult(experiment_id=experiment, verdicts=verdicts, winner=next(iter(passed), None))
    write_record(files.verdict, result)


def write_registration(
    files: ExperimentFiles, candidates: Mapping[str, TrainedCandidate], *, winner: str | None
) -> None:
    versions = tuple(
        RegisteredVersion(candidate=name, version=str(number), sha256=one.sha256)
        for number, (name, one) in enumerate(candidates.items(), start=2)
    )
    challenger = next((version.version for version in versions if version.candidate == winner), None)
    write_record(
        files.registration,
        Registration(experiment_id=EXPERIMENT, model_name=MODEL, versions=versions, challenger=challenger),
    )
