"""What a stage costs a month, what a million files add, and the quotas that it needs: `make costs`.

Needs nothing of CDK. The tables are those of docs/deploy.md.

prices.py        what AWS charges, as data
monthly.py       a stage that stands and has nothing to do
per_million.py   what a million files add
quotas.py        EC2's quotas, in CPUs
tables.py        the tables of costs
"""
