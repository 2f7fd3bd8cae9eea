"""`python one_dag_run.py DAG CONF`: `dag.test()` in a process of its own; the last line says what became of it, in JSON."""

import json
import sys

from airflow.dag_processing.dagbag import DagBag
from airflow.sdk import conf

if __name__ == "__main__":
    dag_id, form = sys.argv[1:]
    folder = conf.get_mandatory_value("core", "dags_folder")
    sys.path.insert(0, folder)
    found = DagBag(dag_folder=folder, bundle_name="dags-folder").dags[dag_id]
    run = found.test(run_conf=json.loads(form))
    tasks = [
        (one.task_id if one.map_index < 0 else f"{one.task_id}[{one.map_index}]", one.state)
        for one in run.get_task_instances()
    ]
    sys.stdout.write("\n" + json.dumps({"state": run.state, "tasks": dict(tasks)}) + "\n")
