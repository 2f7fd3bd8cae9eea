"""### An experiment: from labeled files to a proposed champion

Trigger it with the form. `docs/experiments.md` says what each step reads and writes; here they are `labeler` commands, each
in a pod of its own (or a process, on a laptop), on one directory that they share.

1. **validate**, **prepare**, **plan**: the files, their features, the candidates.
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
    directory,
    plan_arguments,
    raise_alarm,
    rules,
    training_arguments,
)
from labeling.settings import DEFAULT_ARGS, template
from labeling.steps import PLANNER, mapped_step, step

FORM = {
    "statements": Param(
        type="string",
        title="Labeled files",
        description="A folder or s3://bucket/prefix; steps must be able to read it.",
    ),
    "pattern": Param("*.csv", type="string", title="Which of them", description="2026-0[1-3]-*/*.csv: three months"),
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
    place = ["--directory", directory()]
    files = ["--statements", "{{ params.statements }}", "--pattern", "{{ params.pattern }}"]
    params, criteria = ["--params", rules("params.yaml")], ["--criteria", rules("gate.yaml")]

    validate = step("validate", ["experiment", "validate", *files, *params, *place])
    prepare = step("prepare", ["experiment", "prepare", *files, *place])
    plan = step("plan", plan_arguments([*params, *place, "--json"]), image=PLANNER)
    train = mapped_step("train", training_arguments(plan.output, place), max_active_tis_per_dagrun=4)
    evaluate = step("evaluate", ["experiment", "evaluate", *params, *criteria, *place])
    gate = step("gate", ["experiment", "gate", *criteria, *place])
    report = step("report", ["experiment", "report", *place], trigger_rule="none_failed")
    register = step("register", ["experiment", "register", *place])
    propose = step("propose", ["experiment", "propose", "--repository", template("labeler_github_repository"), *place])

    validate >> prepare >> plan
    train >> evaluate >> gate >> report
    report >> decide() >> [register, propose, raise_alarm()]
    register >> propose


experiment()
