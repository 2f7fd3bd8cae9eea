"""Stacks that compose several constructs: one for each thing that is deployed, restored or torn down on its own.

data.py            what must outlive a deployment
registry.py        the models: database, and the address of MLflow's server
pipeline.py        the run itself
cluster.py         EKS and everything on it
delivery.py        places for images, and a role for workflows
observability.py   alarms, dashboard, Datadog's monitors

Network, experiments and monitoring have one construct each: stages.py makes their stacks.
"""
