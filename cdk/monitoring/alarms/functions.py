"""Functions that fail, or are silent."""

from cdk.monitoring.alarms.alarm import Alarm, AlarmMetric, MissingData


def function_alarms(*, manifest: str, completion: str, tick: str) -> tuple[Alarm, ...]:
    """Arguments are function names."""
    return (
        _errors("manifest-errors", "The manifest failed: the run may not be open. Calling it again is safe.", manifest),
        _errors("completion-errors", "Completion failed on a batch; SQS brings it back.", completion),
        _errors("tick-errors", "A tick failed in part: forecasts or publication may stand still.", tick),
        Alarm(
            name="tick-silent",
            description="The tick has not run for five minutes: nobody forecasts, nobody publishes.",
            metrics={"ticks": _metric("Invocations", tick)},
            threshold=1,
            is_below=True,
            datapoints=5,
            periods=5,
            missing_data=MissingData.BREACHING,
        ),
    )


def _errors(name: str, description: str, function: str) -> Alarm:
    return Alarm(name=name, description=description, metrics={"errors": _metric("Errors", function)}, threshold=1)


def _metric(name: str, function: str) -> AlarmMetric:
    return AlarmMetric(name=name, namespace="AWS/Lambda", dimensions={"FunctionName": function}, statistic="Sum")
