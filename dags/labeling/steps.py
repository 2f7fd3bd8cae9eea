"""A step is one `labeler` command: a pod on a cluster, a process on a laptop. Command and variables are the same."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from airflow.sdk import BaseOperator, TriggerRule, XComArg

from labeling.exit_codes import NOTHING_PASSED
from labeling.images import MONITORING, TRAINER, Image
from labeling.settings import Steps, steps


def drift_report(run_id: Any) -> BaseOperator:
    """Draws the comparison of a published run with its model's reference; repeating it compares again."""
    arguments = ["monitor", "run", run_id, "--metrics"]
    return step("drift_report", arguments, image=MONITORING, trigger_rule=TriggerRule.NONE_FAILED)


def step(task_id: str, arguments: Sequence[Any], *, image: Image = TRAINER, **options: Any) -> BaseOperator:
    """Draws one `labeler` command."""
    operator, shared = operator_of(image)
    return operator(task_id=task_id, arguments=arguments, **{**shared, **options})


def mapped_step(task_id: str, arguments: XComArg, *, image: Image = TRAINER, **options: Any) -> Any:
    """Draws one `labeler` command for each list of arguments."""
    operator, shared = operator_of(image)
    return operator.partial(task_id=task_id, **{**shared, **options}).expand(arguments=arguments)


def operator_of(image: Image) -> tuple[type[BaseOperator], dict[str, Any]]:
    """What runs steps here, and the options that it takes for this image."""
    shared: dict[str, Any] = {
        "execution_timeout": timedelta(hours=2),
        "skip_on_exit_code": NOTHING_PASSED,
        "do_xcom_push": image.has_json_output,
    }
    # imported where it is used: a machine without pods needs no Kubernetes provider
    if steps() is Steps.PROCESSES:
        from labeling.processes import Process

        return Process, shared
    from labeling.pods import Pod, pod_options

    return Pod, {**shared, **pod_options(image)}
