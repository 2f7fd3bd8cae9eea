"""The comparison report in Markdown: what a person reads before a merge. The same records give the same text."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from labeler.errors import InputInvalidError
from labeler.experiment.evaluation.plots.names import confusion_name
from labeler.experiment.evaluation.report_sections import PLOT_CAPTIONS, render, shown
from labeler.experiment.files import ExperimentFiles, read_record
from labeler.experiment.records import ExperimentPlan
from labeler.experiment.scores import Evaluation
from labeler.experiment.verdicts import GateResult


@dataclass(frozen=True, slots=True)
class Report:
    plan: ExperimentPlan
    evaluation: Evaluation
    result: GateResult

    @classmethod
    def of(cls, files: ExperimentFiles) -> "Report":
        """Raises InputInvalidError when a step before is missing, or when the steps are of different experiments."""
        plan = read_record(ExperimentPlan, files.plan, step="plan")
        evaluation = read_record(Evaluation, files.evaluation, step="evaluate")
        result = read_record(GateResult, files.verdict, step="gate")
        for path, experiment_id, step in (
            (files.evaluation, evaluation.experiment_id, "evaluate"),
            (files.verdict, result.experiment_id, "gate"),
        ):
            if experiment_id != plan.experiment_id:
                raise InputInvalidError(
                    f"{path} is of experiment {experiment_id}, the plan of {plan.experiment_id}",
                    hint=f"run `labeler experiment {step}` again",
                )
        return cls(plan, evaluation, result)

    @property
    def plots(self) -> tuple[str, ...]:
        """File names of those that it shows."""
        best, _ = shown(self.evaluation, self.result)
        return tuple(f"{name}.png" for name in (*PLOT_CAPTIONS, confusion_name(best.name)))

    def render(self, links: Mapping[str, str]) -> str:
        """`links` of plots by their file names; a plot without one is left out."""
        return render(self.evaluation, self.result, self.plan, links=links)


def write_report(files: ExperimentFiles, *, plot_base: str) -> Path:
    """Plots are linked at `plot_base`/<name>.png: a relative folder, or an address."""
    report, base = Report.of(files), plot_base.rstrip("/")
    drawn = [name for name in report.plots if (files.evaluation.parent / name).exists()]
    text = report.render({name: f"{base}/{name}" if base else name for name in drawn})
    files.report.write_text(text, encoding="utf-8")
    return files.report
