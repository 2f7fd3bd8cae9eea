"""The sections of the comparison report, in Markdown (pure)."""

from collections.abc import Mapping

from labeler.errors import InputInvalidError
from labeler.experiment.evaluation import report_tables
from labeler.experiment.evaluation.plots.names import CALIBRATION, COVERAGE, SPEED, confusion_name
from labeler.experiment.evaluation.ranking import ranked
from labeler.experiment.records import ExperimentPlan
from labeler.experiment.scores import Evaluation, ModelEvaluation
from labeler.experiment.verdicts import GateResult, GateVerdict

PLOT_CAPTIONS = {
    SPEED: "Quality against speed. Thin lines are intervals of the gain over the majority baseline.",
    COVERAGE: "How right the surest labels are.",
    CALIBRATION: "Whether confidence means what it says.",
}


def render(evaluation: Evaluation, result: GateResult, plan: ExperimentPlan, *, links: Mapping[str, str]) -> str:
    model, verdict = shown(evaluation, result)
    sections = (
        f"# Experiment {evaluation.experiment_id}",
        _summary(evaluation, result, model, verdict),
        _recipe(model, plan),
        _note(evaluation),
        "## Candidates",
        report_tables.candidates(evaluation, result),
        f"## {model.name} beside majority and champion",
        report_tables.differences(evaluation, model),
        _plot(SPEED, PLOT_CAPTIONS[SPEED], links),
        f"## What the gate asked of {model.name}",
        report_tables.criteria(verdict.criteria),
        f"## {model.name} by category",
        report_tables.categories(model),
        _plot(confusion_name(model.name), f"What {model.name} predicts for each true category.", links),
        f"## How sure {model.name} is",
        report_tables.thresholds(evaluation, model),
        *(_plot(name, PLOT_CAPTIONS[name], links) for name in (COVERAGE, CALIBRATION)),
        "## Data and code",
        report_tables.lineage(evaluation, plan, model),
    )
    return "\n\n".join(section for section in sections if section) + "\n"


def shown(evaluation: Evaluation, result: GateResult) -> tuple[ModelEvaluation, GateVerdict]:
    """The winner; when nothing passes, the candidate that misses the fewest criteria, the better one of equals."""
    verdicts = {verdict.candidate: verdict for verdict in result.verdicts}
    order = [candidate for candidate in ranked(evaluation) if candidate.name in verdicts]
    if not order:
        raise InputInvalidError("the verdict is of other candidates", hint="run `labeler experiment gate` again")
    won = [candidate for candidate in order if candidate.name == result.winner]
    nearest = min(order, key=lambda candidate: len(verdicts[candidate.name].missed))
    model = won[0] if won else nearest
    return model, verdicts[model.name]


def _summary(evaluation: Evaluation, result: GateResult, model: ModelEvaluation, verdict: GateVerdict) -> str:
    passed = sum(each.is_passed for each in result.verdicts)
    of_all = f"{passed} of {len(result.verdicts)} candidates pass the gate"
    later, baseline = model.later.score, evaluation.majority_later
    figures = (
        f"accuracy **{later.accuracy:.3f}** (majority {baseline.accuracy:.3f}), macro-F1 **{later.macro_f1:.3f}**, "
        f"{model.us_per_row:.2g} us per row"
    )
    if result.winner:
        text = f"**{model.name}** wins: {figures}. {of_all}."
    else:
        names = ", ".join(criterion.name for criterion in verdict.missed)
        text = f"**Nothing passes.** The nearest miss is {model.name}: {figures}. It misses: {names}."
    if result.winner and evaluation.champion and evaluation.champion.sha256 == model.sha256:
        text += " It is the champion already: a merge would change nothing."
    if passed and (open_points := [each.name for each in verdict.criteria if each.verdict == "not evaluated"]):
        text += f" Not evaluated: {', '.join(open_points)}."
    return text


def _recipe(model: ModelEvaluation, plan: ExperimentPlan) -> str:
    spec = next((spec for spec in plan.candidates if spec.name == model.name), None)
    if spec is None:
        return ""
    parameters = ", ".join(f"{name} {value}" for name, value in spec.parameters.items())
    return f"{model.name} is `{spec.family}` on the preparation `{spec.preparation_name}`: {parameters or 'defaults'}."


def _note(evaluation: Evaluation) -> str:
    return (
        f"> {evaluation.champion_note[:1].upper()}{evaluation.champion_note[1:]}." if evaluation.champion_note else ""
    )


def _plot(name: str, caption: str, links: Mapping[str, str]) -> str:
    link = links.get(f"{name}.png")
    return f"{caption}\n\n![{name}]({link})" if link else ""
