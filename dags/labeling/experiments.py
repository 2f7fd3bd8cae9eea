"""The arguments of an experiment's steps, and the decision after its gate."""

from typing import Any

from airflow.sdk import TriggerRule, task

from labeling.alarms import send_alarm
from labeling.settings import configured, template, variable


def experiment_directory() -> str:
    """Each DAG run has its own; a run id has characters that no path likes."""
    return template("labeler_experiments_directory") + "/{{ run_id | replace(':', '') | replace('+', '_') }}"


def rules_file(name: str) -> str:
    """params.yaml or gate.yaml where steps run: in the trainer's image, or in the checkout."""
    return f"{template('labeler_rules_directory')}/{name}"


@task
def file_arguments(arguments: list[str], *, params: Any = None) -> list[str]:
    """Which labeled files are read, by the form."""
    days = {"--first-day": params["first_day"], "--last-day": params["last_day"]}
    range_of_days = [word for option, day in days.items() if day for word in (option, day)]
    return [*arguments, "--statements", params["statements"], "--pattern", params["pattern"], *range_of_days]


@task
def plan_arguments(arguments: list[str], *, params: Any = None) -> list[str]:
    """Which candidates are planned, by the form."""
    candidates = [word for name in params["candidates"] for word in ("--candidate", name)]
    return ["experiment", "plan", *arguments, *candidates, *(["--quick"] if params["is_quick"] else [])]


@task
def training_arguments(plan: dict[str, Any], arguments: list[str]) -> list[list[str]]:
    """One command for each candidate of the plan."""
    return [["experiment", "train", "--candidate", candidate["name"], *arguments] for candidate in plan["candidates"]]


@task.branch(trigger_rule=TriggerRule.NONE_FAILED)
def decide(*, ti: Any = None) -> list[str]:
    """The gate says pass by succeeding, and that nothing passed by being skipped."""
    states = ti.get_task_states(dag_id=ti.dag_id, task_ids=["gate"], run_ids=[ti.run_id])
    if states[ti.run_id]["gate"] != "success":
        return ["raise_alarm"]
    return ["register", "propose"] if configured("labeler_github_repository") else ["register"]


@task
def raise_alarm(*, ti: Any = None) -> None:
    """Nothing passed: people hear of it, and the report says what each candidate misses."""
    where = f"{variable('labeler_experiments_directory')}, run {ti.run_id}"
    send_alarm("labeler: no candidate passes the gate", f"report.md of the experiment: {where}\n{ti.log_url}")
