"""What the DAGs share. Airflow adds the folder of the DAGs to the path, so they import it as `labeling`.

    alarms.py        messages to the alarm topic, and the deadline alert
    backfill.py      the days of a backfill and the event that each starts with
    exit_codes.py    exit codes of the `labeler` command that a step reacts to
    experiments.py   the arguments of an experiment's steps, and the decision after its gate
    generation.py    the sensor that waits for a published generation
    images.py        the images that pods run: variables, resources, what they mount
    labels.py        the assets, and the tasks from a day to its labels
    manifest.py      the call of the manifest Lambda
    pod_template.py  the pod that Kubernetes is asked for
    pods.py          the operator that runs a step as a pod
    processes.py     the operator that runs a step as a local process
    settings.py      Airflow Variables with their defaults, default arguments, where steps run
    steps.py         a step as a task: a pod or a process

Imports go one way: steps, pods and processes, settings, alarms. Nothing here imports labeler, boto3, pandas or MLflow
when a DAG is parsed: providers are imported by the task that needs them.
"""
