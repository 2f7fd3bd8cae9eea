"""The DAGs with a real Airflow. Needs Airflow's environment: `make airflow-test`; elsewhere nothing is collected."""

import importlib.util
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from labeler_local.airflow.pipeline import Pipeline
    from labeler_local.airflow.rest_api import AirflowClient

ROOT = Path(__file__).resolve().parents[2]
DAGS = ROOT / "dags"

if importlib.util.find_spec("airflow") is None:
    collect_ignore_glob = ["*"]
else:
    sys.path.insert(0, str(DAGS))
    # this package and not all of src: labeler stays unknown here, as on a cluster
    sys.modules["labeler_local"] = ModuleType("labeler_local")
    sys.modules["labeler_local"].__path__ = [str(ROOT / "src/labeler_local")]
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
def local_pipeline(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[Pipeline]":
    """The local AWS with a worker and a champion. A day of several units tolerates one failed unit."""
    from labeler_local.airflow.pipeline import running_pipeline

    settings = ["unit_max_files=10", "failure_tolerance=0.4", "failed_unit_delay_s=1"]
    with running_pipeline(tmp_path_factory.mktemp("pipeline"), settings=settings) as pipeline:
        pipeline.train_champion()
        yield pipeline


@pytest.fixture(scope="session")
def alarm_queue(local_pipeline: "Pipeline") -> str:
    """The queue that receives what is published to the alarm topic."""
    from tests.dags.local_aws import client

    sns, sqs = client(local_pipeline, "sns"), client(local_pipeline, "sqs")
    topic = sns.create_topic(Name="alarms")["TopicArn"]
    queue: str = sqs.create_queue(QueueName="alarms")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    local_pipeline.variables["AIRFLOW_VAR_LABELER_ALARM_TOPIC_ARN"] = topic
    return queue


@pytest.fixture(scope="session")
def airflow(local_pipeline: "Pipeline", alarm_queue: str) -> "Iterator[AirflowClient]":
    """Scheduler, triggerer and the rest, with our DAGs and those of tests/dags/other_dags."""
    from labeler_local.airflow.server import running_airflow

    dags = local_pipeline.directory / "dags"
    shutil.copytree(DAGS, dags)
    for path in (ROOT / "tests/dags/other_dags").glob("*.py"):
        shutil.copy(path, dags / path.name)
    with running_airflow(local_pipeline, dags=dags) as client:
        yield client


@pytest.fixture(scope="session")
def labeled_day(local_pipeline: "Pipeline", airflow: "AirflowClient") -> str:
    """The DAG run that labeled `dag_runs.DAY`."""
    from tests.dags.dag_runs import DAY, run_dag

    local_pipeline.land(DAY)
    run_id, state = run_dag(airflow, "daily_labeling", run_date=DAY)
    assert state == "success", airflow.tasks("daily_labeling", run_id)
    return run_id
