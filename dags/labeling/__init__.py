"""What the DAGs share. Airflow adds the folder of the DAGs to the path, so they import it as `labeling`.

Nothing here imports labeler, boto3, pandas or MLflow when a DAG is parsed: providers are imported by the task that needs them.
"""
