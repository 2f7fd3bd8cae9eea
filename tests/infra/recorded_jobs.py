"""What people, the drift report, the monitoring host, an experiment and Airflow's alarms do in AWS, after the recorded days."""

import contextlib
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labeler.settings import ProposalSettings
from labeler.storage import Bucket
from labeler_local.emulator.environment import complete
from labeler_local.synthetic import generate
from tests.infra.mishaps import conflict

if TYPE_CHECKING:
    from labeler_local.emulator.stack import LocalStack
    from tests.infra.recorder import Actors

DRIFT, TRAINER, HOST = "JobsDriftRole", "JobsTrainerRole", "HostRole"
EXPERIMENTS = "labeler-experiments"
SECRET = "labeler/github-token"  # noqa: S105 - its name
THRESHOLDS = "min_rows: 50\nmin_units: 1\n"
TOPIC = "alarms"
ROOT = Path(__file__).resolve().parents[2]
LATE = """
from labeling.alarms import deadline_missed

run = {"dag_id": "daily_labeling", "dag_run_id": "recorded"}
deadline_missed({"dag_run": run, "deadline": {"deadline_time": "05:30"}})
"""


def record_people(actors: "Actors") -> None:
    for line in (("run", "list"), ("run", "status"), ("quarantine", "show"), ("report", "--out", "report.html")):
        actors.labeler("Operator", *line)


def record_monitoring(
    stack: "LocalStack", actors: "Actors", directory: Path, *, days: tuple[date, date], ground_truth: dict[str, bytes]
) -> None:
    """The drift report on both days, by a person and by the DAG; the later one's ground truth; the host that shows it."""
    from labeler.monitoring.drift.workspace import mirror

    Path("monitoring.yaml").write_text(THRESHOLDS)
    monitoring = Bucket(stack.aws, stack.resources.monitoring_bucket)
    for role, more in (("Operator", ()), (DRIFT, ("--metrics",))):
        monitoring.delete([key for key, _ in monitoring.sizes("")])
        for part in ("/references/", "/reports/"):
            stack.faults.add(conflict(part))
        for day in days:
            actors.labeler(role, "monitor", "run", day.isoformat(), *more)
        with contextlib.suppress(RuntimeError):  # there is none: the index is asked for, too
            actors.labeler(role, "monitor", "run", "2026-02-01")
    day = days[-1].isoformat()
    for name, body in list(ground_truth.items())[1:]:  # of one file it is not known yet
        stack.raw.put(f"truth/{day}/{name}", body, "text/csv")
    actors.labeler("Operator", "monitor", "truth", day, "--labels", stack.raw.url(f"truth/{day}/"))
    actors.labeler("Operator", "monitor", "baseline", day)
    shown = Bucket(actors.aws(HOST), stack.resources.monitoring_bucket)
    if not mirror(shown, directory / "workspace", {}):
        raise RuntimeError("the host found no report")


def record_training(stack: "LocalStack", actors: "Actors", directory: Path) -> None:
    """What an experiment asks of AWS: labeled files, DVC's remote, drift references, the
    alarm, GitHub's token. MLflow is called by HTTP."""
    from labeler.experiment.evaluation.alarm import raise_alarm
    from labeler.experiment.registering.github_token import github_token
    from labeler.monitoring.drift.references import write_reference

    constraint: Any = {"LocationConstraint": "eu-west-1"}
    stack.aws.s3.create_bucket(Bucket=EXPERIMENTS, CreateBucketConfiguration=constraint)
    experiments = Bucket(stack.aws, EXPERIMENTS)
    for name, body in generate(accounts=3, seed=4, with_labels=True):
        experiments.put(f"labeled/{name}", body, "text/csv")
    actors.labeler(
        TRAINER,
        "experiment",
        "validate",
        "--statements",
        experiments.url("labeled"),
        "--directory",
        str(directory / "e"),
    )
    version_data(stack, directory / "versioned", f"s3://{EXPERIMENTS}/dvc")
    aws = actors.aws(TRAINER)
    stack.faults.add(conflict("/references/"))
    for version in ("first", "second"):
        write_reference(Bucket(aws, stack.resources.monitoring_bucket), version, b"sampled rows")
    topic = stack.aws.sns.create_topic(Name=TOPIC)["TopicArn"]
    raise_alarm(aws, topic, "nothing passed", "see the report")
    stack.aws.secrets_manager.create_secret(Name=SECRET, SecretString="token")
    github_token(ProposalSettings(github_token_secret=SECRET), aws)


def version_data(stack: "LocalStack", directory: Path, remote: str) -> None:
    """`dvc push`, and `dvc pull` in another checkout."""
    directory.mkdir()
    nothing = directory / "nothing"  # DVC takes os.devnull for a file that is missing
    nothing.touch()
    places = {
        f"DVC_{kind}": str(directory / kind) for kind in ("SITE_CACHE_DIR", "GLOBAL_CONFIG_DIR", "SYSTEM_CONFIG_DIR")
    }
    files = dict.fromkeys(("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"), str(nothing))
    environ = complete({**variables_of(stack, TRAINER), **places, **files}, without=("DVC_",))

    def dvc(*arguments: str) -> None:
        run(Path(sys.executable).with_name("dvc"), *arguments, directory=directory, environ=environ)

    (directory / "statements").mkdir()
    for number in range(3):
        (directory / "statements" / f"{number}.csv").write_text(str(number))
    dvc("init", "--no-scm")
    dvc("remote", "add", "--default", "store", remote)
    dvc("remote", "modify", "store", "endpointurl", stack.endpoint)
    dvc("add", "statements")
    dvc("push")
    shutil.rmtree(directory / "statements")
    shutil.rmtree(directory / ".dvc/cache")
    dvc("pull")
    dvc("status", "--cloud")


def record_airflow_alarm(stack: "LocalStack", directory: Path) -> None:
    """A DAG's alarm, by Airflow itself: a process of its environment, which has no labeler."""
    topic = stack.aws.sns.create_topic(Name=TOPIC)["TopicArn"]
    own = {
        "AIRFLOW_HOME": str(directory / "airflow"),
        "AIRFLOW_VAR_LABELER_ALARM_TOPIC_ARN": topic,
        "PYTHONPATH": str(ROOT / "dags"),
    }
    environ = complete({**variables_of(stack, "Orchestrator"), **own}, without=("AIRFLOW", "PYTHON"))
    run(ROOT / "build/airflow-venv/bin/python", "-c", LATE, directory=directory, environ=environ)


def variables_of(stack: "LocalStack", role: str) -> dict[str, str]:
    """The variables of a process with that role."""
    return {**stack.aws_variables, "AWS_ACCESS_KEY_ID": role, "AWS_SECRET_ACCESS_KEY": role}


def run(program: Path, *arguments: str, directory: Path, environ: dict[str, str]) -> None:
    """Raises RuntimeError with the output of the program when it fails."""
    done = subprocess.run(
        [str(program), *arguments], cwd=directory, env=environ, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{program.name} {arguments}: {done.stdout} {done.stderr}")
