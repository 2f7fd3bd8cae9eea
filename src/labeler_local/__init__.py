"""What is never deployed: a local AWS, synthetic statements, the demo, Airflow and a deployment on one machine."""
