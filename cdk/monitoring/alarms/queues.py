"""Messages that wait too long, or were given up."""

from cdk.monitoring.alarms.alarm import Alarm, AlarmMetric


def queue_alarms(*, work: str, dead_letters: str, completion_dead_letters: str, deadline_s: int) -> tuple[Alarm, ...]:
    """Arguments are queue names."""
    return (
        Alarm(
            name="work-queue-age",
            description=(
                "A unit has waited for as long as a run may take. Units received more than three times are not counted."
            ),
            metrics={"age": _metric("ApproximateAgeOfOldestMessage", work)},
            threshold=deadline_s,
            datapoints=2,
            periods=3,
        ),
        _dead_letters("dead-letters", "A unit was given up: its rows have no label yet.", dead_letters),
        _dead_letters(
            "completion-dead-letters",
            "Completion could not read what S3 told it. The tick finds the receipts, later.",
            completion_dead_letters,
        ),
    )


def _dead_letters(name: str, description: str, queue: str) -> Alarm:
    """Completion receives dead letters each minute, which hides them for a while: both counts are one."""
    return Alarm(
        name=name,
        description=description,
        metrics={
            "visible": _metric("ApproximateNumberOfMessagesVisible", queue),
            "hidden": _metric("ApproximateNumberOfMessagesNotVisible", queue),
        },
        expression="visible + hidden",
        threshold=1,
    )


def _metric(name: str, queue: str) -> AlarmMetric:
    return AlarmMetric(name=name, namespace="AWS/SQS", dimensions={"QueueName": queue})
