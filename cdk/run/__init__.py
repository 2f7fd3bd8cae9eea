"""The daily run: its functions, its workers, the jobs that Airflow starts, and what each of them may do.

resources.py        what the pipeline stack offers to the others
settings.py         the variables of the processes, from their settings models
functions.py        manifest, completion and tick
function.py         a Lambda function of the pipeline
bundle.py           a function's code with its dependencies
roles.py            what each process may do
people.py           policies of Airflow and of the people who operate a run
runbook_access.py   what the commands of the runbooks do beside
workers.py          the workers on the cluster
worker_objects.py   their Kubernetes objects
nodes.py            the nodes that they run on, as plain values
scaling.py          how many there are, as plain values
schedule.py         when the daily run needs its cluster
keda.py             the autoscaler, by its chart
jobs.py             what the pods that Airflow starts stand on
job_objects.py      their Kubernetes objects
"""
