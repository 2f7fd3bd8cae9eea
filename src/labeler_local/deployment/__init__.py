"""A deployment without an account: the real CDK command against the local AWS, and a daily run on what it deployed.

deploy.py      all of it: synthesise, deploy, run, destroy
cdk.py         the CDK command
support.py     which stacks and resource types the emulator supports, and why not the others
comparison.py  a deployed stack against its template
daily_run.py   the daily run on the deployed resources, and the conditions that it must meet
teardown.py    destroys the stacks and checks that nothing is left
"""
