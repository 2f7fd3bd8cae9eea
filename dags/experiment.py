"""### An experiment: from labeled files to a proposed champion

Trigger it with the form. `docs/experiments.md` says what each step reads and writes; here they are `labeler` commands, each
in a pod of its own (or a process, on a laptop), on one directory that they share.

1. **validate**, **prepare**, **plan**: the files, of a range of days when the form names one, their features, the candidates.
2. **train**: one task for each candidate of the plan.
3. **evaluate**, **gate**: all on the same rows. When nothing passes, gate is skipped.
4. **decide**: after a pass **register** the winner as challenger, then **propose** it as a pull request, when a
   repository is named; else **raise_alarm**. A person merges; nothing here changes the champion.

**It is red**: the last lines of the task's log name the file or setting. A cleared task finds what the steps before left.
"""

from datetime import UTC, datetime

from airflow.sdk import Param, dag
from labeling.experiments import (
    decide,
    experiment_directory,
    file_arguments,
    plan_arguments,
    raise_alarm,
    rules_file,
    training_arguments,
)
from labeling.images import PLANNER
from labeling.settings import DEFAULT_ARGS, template
from labeling.steps import mapped_step, step


def day(title: str) -> Param:
    """One end of the range; of folders that are named by their day, as landing folders are."""
    description = "Of folders named like 2026-03-01; none: open at this end."
    return Param(None, type=["null", "string"], format="date", title=title, description=description)


FORM = {
    "statements": Param(
        type="string",
        title="Labeled files",
        description="A folder or s3://bucket/prefix; steps must be able to read it.",
    ),
    "first_day": day("First day"),
    "last_day": day("Last day"),
    "pattern": Param("*.csv", type="string", title="Which of them"),
    "candidates": Param(
        [], type="array", items={"type": "string"}, title="Candidates", description="Names in params.yaml; none: all."
    ),
    "is_quick": Param(
        default=False, type="boolean", title="Quick", description="Only candidates that are marked is_quick."
    ),
}


@dag(
    schedule=None,
    start_date=datetime(2026, 11, 1, tzinfo=UTC),
    max_active_runs=1,
    default_args=DEFAULT_ARGS,
    params=FORM,
    doc_md=__doc__,
    tags=["labeler"],
)
def experiment() -> None:
    directory = ["--directory", experiment_directory()]
    params, criteria = ["--params", rules_file("params.yaml")], ["--criteria", rules_file("gate.yaml")]

    validated = file_arguments.override(task_id="validate_arguments")(["experiment", "validate", *params, *directory])
    prepared = file_arguments.override(task_id="prepare_arguments")(["experiment", "prepare", *directory])
    validate, prepare = step("validate", validated), step("prepare", prepared)
    plan = step("plan", plan_arguments([*params, *directory, "--json"]), image=PLANNER)
    train = mapped_step("train", training_arguments(plan.output, directory), max_active_tis_per_dagrun=4)
    evaluate = step("evaluate", ["experiment", "evaluate", *params, *criteria, *directory])
    gate = step("gate", ["experiment", "gate", *criteria, *directory])
    report = step("report", ["experiment", "report", *directory], trigger_rule="none_failed")
    register = step("register", ["experiment", "register", *directory])
    propose = step(
        "propose", ["experiment", "propose", "--repository", template("labeler_github_repository"), *directory]
    )

    validate >> prepare >> plan
    train >> evaluate >> gate >> report
    report >> decide() >> [register, propose, raise_alarm()]
    register >> propose


experiment()
