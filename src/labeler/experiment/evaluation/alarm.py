"""Tells people by SNS that the gate let nothing pass: one page, with the way to the report."""

from collections.abc import Callable

from labeler.aws import Aws
from labeler.aws_errors import translated_errors
from labeler.errors import LabelerError, NothingPassedError
from labeler.experiment.evaluation.report_sections import shown
from labeler.experiment.files import ExperimentFiles, read_record
from labeler.experiment.scores import Evaluation
from labeler.experiment.verdicts import Criterion, GateResult

SUBJECT_CHARACTERS = 100
"""SNS takes no more, and only ASCII."""


def require_winner(
    result: GateResult,
    files: ExperimentFiles,
    *,
    aws: Aws,
    topic_arn: str | None,
    on_failed_alarm: Callable[[LabelerError], None],
) -> None:
    """Raises NothingPassedError, after an alarm to the topic if there is one. An alarm that fails hides nothing."""
    if result.winner is not None:
        return
    if topic_arn:
        evaluation = read_record(Evaluation, files.evaluation, step="evaluate")
        subject, text = alarm_text(evaluation, result, directory=str(files.directory))
        try:
            raise_alarm(aws, topic_arn, subject, text)
        except LabelerError as error:
            on_failed_alarm(error)
    raise NothingPassedError(
        f"none of {len(result.verdicts)} candidates of experiment {result.experiment_id} passes the gate",
        hint=f"see what each one misses: labeler experiment report --directory {files.directory}",
    )


def alarm_text(evaluation: Evaluation, result: GateResult, *, directory: str) -> tuple[str, str]:
    """(subject, text). Counts and scores only."""
    nearest, verdict = shown(evaluation, result)
    subject = f"labeler: no candidate of experiment {evaluation.experiment_id} passes the gate"
    lines = [
        f"Experiment {evaluation.experiment_id}: none of {len(result.verdicts)} candidates passes the gate.",
        "The champion stays as it is; nothing is registered as challenger and no pull request is opened.",
        "",
        f"The nearest miss is {nearest.name}. It does not meet:",
        *(f"  {_criterion_line(criterion)}" for criterion in verdict.missed),
        "",
        "All candidates:",
        *(
            f"  {each.candidate}: misses {', '.join(criterion.name for criterion in each.missed)}"
            for each in result.verdicts
        ),
        "",
        f"The report: labeler experiment report --directory {directory}",
        f"It writes {directory}/report.md; the plots are in {directory}/evaluation.",
        "Criteria are in gate.yaml, what was tried is in params.yaml.",
    ]
    return subject[:SUBJECT_CHARACTERS], "\n".join(lines) + "\n"


def raise_alarm(aws: Aws, topic_arn: str, subject: str, text: str) -> None:
    """Raises what `translated_errors` makes of SNS's errors."""
    with translated_errors(f"telling the topic {topic_arn} that nothing passed"):
        aws.sns.publish(TopicArn=topic_arn, Subject=subject, Message=text)


def _criterion_line(criterion: Criterion) -> str:
    value = "not measured" if criterion.value is None else f"{criterion.value:.4g}"
    bound = "" if criterion.bound is None else f", asked {criterion.sense} {criterion.bound:.4g}"
    return f"{criterion.name}: {value}{bound}{f' ({criterion.note})' if criterion.note else ''}"
