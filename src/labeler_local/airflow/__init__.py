"""Airflow with the DAGs on the local AWS of this machine: for `make airflow` and the tests of the DAGs.

    configuration.py  the variables that configure the local Airflow
    paths.py          the checkout, the `labeler` command, Airflow's environment
    pipeline.py       the local AWS with workers and a champion, by the `labeler` command
    processes.py      processes that are ended with all that they started
    rest_api.py       a client of Airflow's REST API
    screenshots.py    `make airflow-pictures`
    server.py         starting Airflow and waiting until it is healthy
    standalone.py     the program that Airflow's Python runs

Only the standard library is imported here, and labeler is not: the tests of the DAGs run these modules in Airflow's own
environment, which has no labeler, as on a cluster. `standalone.py` alone imports Airflow.
"""
