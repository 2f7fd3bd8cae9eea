"""The DAGs with a real Airflow. Needs Airflow's environment: `make airflow-test`; elsewhere nothing is collected."""

import importlib.util
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from labeler_local.airflow.pipeline import Pipeline
    from labeler_local.airflow.server import Airflow

ROOT = Path(__file__).resolve().parents[2]
DAGS = ROOT / "dags"

if importlib.util.find_spec("airflow") is None:
    collect_ignore_glob = ["*"]
else:
    sys.path.insert(0, str(DAGS))
    # read when Airflow is imported, which the tests do; a person's own Airflow must not count
    for name in [name for name in os.environ if name.startswith("AIRFLOW")]:
        del os.environ[name]
    os.environ["AIRFLOW_HOME"] = str(ROOT / "build/airflow-test")
    os.environ["AIRFLOW__CORE__DAGS_FOLDER"] = str(DAGS)
    os.environ["AIRFLOW__CORE__LOAD_EXAMPLES"] = "False"
    os.environ["AIRFLOW__CORE__UNIT_TEST_MODE"] = "False"


def pytest_configure(config: pytest.Config) -> None:
    # Airflow's own, on its way to a newer pathspec
    config.addinivalue_line("filterwarnings", "ignore:GitWildMatchPattern:DeprecationWarning")


@pytest.fixture(scope="session")
def laptop(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[Pipeline]":
    """The local AWS with a worker and a champion. A day of several units bears one that dies, soon."""
    from labeler_local.airflow.pipeline import pipeline

    settings = ["unit_max_files=10", "failure_tolerance=0.4", "failed_unit_delay_s=1"]
    with pipeline(tmp_path_factory.mktemp("laptop"), settings=settings) as found:
        found.train_champion()
        yield found


@pytest.fixture(scope="session")
def alarms(laptop: "Pipeline") -> str:
    """The queue that hears the alarm topic."""
    from tests.dags.test_scheduler import client

    sns, sqs = client(laptop, "sns"), client(laptop, "sqs")
    topic = sns.create_topic(Name="alarms")["TopicArn"]
    queue: str = sqs.create_queue(QueueName="alarms")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    laptop.variables["AIRFLOW_VAR_LABELER_ALARM_TOPIC_ARN"] = topic
    return queue


@pytest.fixture(scope="session")
def airflow(laptop: "Pipeline", alarms: str) -> "Iterator[Airflow]":
    """Scheduler, triggerer and the rest, with our DAGs and those of tests/dags/beside."""
    from labeler_local.airflow.server import airflow

    dags = laptop.directory / "dags"
    shutil.copytree(DAGS, dags)
    for path in (ROOT / "tests/dags/beside").glob("*.py"):
        shutil.copy(path, dags / path.name)
    with airflow(laptop, dags=dags) as found:
        yield found
