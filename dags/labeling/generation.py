"""Waiting for one object in S3 without holding a worker slot."""

from datetime import timedelta
from typing import Any, NoReturn

from airflow.sdk import BaseSensorOperator
from airflow.sdk.exceptions import AirflowException

from labeling.settings import AWS_CONNECTION, variable

WAIT = timedelta(hours=4)
"""Longer than a run that is late: its labels are still wanted. The deadline is watched elsewhere."""
POLL_INTERVAL_S = 15.0


class PublishedGeneration(BaseSensorOperator):
    """Succeeds when the generation is settled.

    The provider's own trigger polls S3; its sensor is not used, for importing it imports boto3 at each parse. The key is
    that of one generation and not the summary's: after a redrive the summary of the generation before is still there.
    A wait that takes too long fails without a retry, which would only wait as long again.
    """

    template_fields = ("generation_key",)

    def __init__(self, *, generation_key: Any, **kwargs: Any) -> None:
        wait = {"timeout": WAIT.total_seconds(), "execution_timeout": WAIT + timedelta(minutes=5)}
        super().__init__(**{**wait, **kwargs})
        self.generation_key = generation_key

    def execute(self, context: Any) -> NoReturn:  # noqa: ARG002
        from airflow.providers.amazon.aws.triggers.s3 import S3KeyTrigger

        self.log.info("waiting for %s", self.generation_key)
        trigger = S3KeyTrigger(
            bucket_name=variable("labeler_runs_bucket"),
            # one text: a list, or a text where a list is wanted, has been looked for character by character
            bucket_key=str(self.generation_key),
            aws_conn_id=AWS_CONNECTION,
            poke_interval=POLL_INTERVAL_S,
        )
        self.defer(trigger=trigger, method_name="resume", timeout=timedelta(seconds=self.timeout))
        raise AssertionError("deferring raises")

    def resume(self, context: Any, event: dict[str, Any]) -> None:  # noqa: ARG002
        """With the trigger's event: the object exists, or S3 could not be read, which is worth another try."""
        if event["status"] != "success":
            raise AirflowException(f"looking for {self.generation_key}: {event.get('message')}")
