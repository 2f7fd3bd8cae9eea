"""`python run_one_dag.py DAG CONF`: `dag.test()` in a process of its own; the last line has the states, in JSON."""

import json
import sys

from airflow.dag_processing.dagbag import DagBag
from airflow.sdk import conf

if __name__ == "__main__":
    dag_id, form = sys.argv[1:]
    folder = conf.get_mandatory_value("core", "dags_folder")
    sys.path.insert(0, folder)
    dag = DagBag(dag_folder=folder, bundle_name="dags-folder").dags[dag_id]
    run = dag.test(run_conf=json.loads(form))
    tasks = {
        (task.task_id if task.map_index < 0 else f"{task.task_id}[{task.map_index}]"): task.state
        for task in run.get_task_instances()
    }
    sys.stdout.write("\n" + json.dumps({"state": run.state, "tasks": tasks}) + "\n")
