"""A step is one `labeler` command: a pod on a cluster, a process on a laptop. Command and variables are the same."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from airflow.sdk import BaseOperator, TriggerRule, XComArg

from labeling.settings import Steps, steps

NOTHING_PASSED = 3
"""labeler's exit code when the gate lets no candidate pass: the step is skipped, and a branch decides."""
PERMANENT = 65
"""labeler's exit code for what fails again when it is repeated: no retry."""


@dataclass(frozen=True)
class Image:
    """What a pod runs in. `image` and `account` are Variables; a ConfigMap named like the account has its settings."""

    image: str
    account: str
    cpu: str
    memory: str
    has_experiments: bool = False
    answers: bool = False
    """Its output is one JSON document, which is the step's XCom."""


TRAINER = Image(image="labeler_trainer_image", account="labeler_trainer", cpu="2", memory="8Gi", has_experiments=True)
PLANNER = replace(TRAINER, answers=True)
MONITORING = Image(image="labeler_monitoring_image", account="labeler_drift_report", cpu="1", memory="2Gi")


def drift_report(run_id: Any) -> BaseOperator:
    """Draws the comparison of a published run with its model's reference; one that was told before is compared again."""
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
        "do_xcom_push": image.answers,
    }
    if steps() is Steps.PROCESSES:
        from labeling.processes import Process

        return Process, shared
    from labeling.pods import Pod, pod_options

    return Pod, {**shared, **pod_options(image)}
