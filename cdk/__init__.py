"""The infrastructure: one CDK app for all stages.

app.py            the app, run by the CDK command
stages.py         which stacks a stage has, and what they tell each other
stacks/           one for each thing with a lifetime of its own; they compose constructs
delivery/         image repositories, and what GitHub's workflows may do
run/              the daily run: functions, workers, jobs, and what each may do
registry/         MLflow's server, its database and its address
monitoring/       alarms, dashboard, Datadog, the host of the drift reports
data/             buckets, ledger, catalog, queues, the experiments' files
cluster/          the network, and EKS in it
costs/            what a stage costs, and the quotas that it needs
access.py         grants, and findings of cdk-nag that are accepted
retention.py      how long things are kept
placeholder.py    values that somebody must change before a deployment
environments.py   the stages as data
environment.py    what may differ between them
"""
