"""Airflow with the DAGs on the local AWS of this machine: for `make airflow` and the tests of the DAGs."""
