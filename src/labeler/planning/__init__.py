"""What a run will take, computed before it starts and without AWS.

capacity.py   files and deadline -> workers, requests against quotas, cost (pure)
request.py    what a plan is made for: files, deadline, what the cluster allows
timing.py     how long the phases of a run take (pure)
ramp.py       how fast workers start (pure)
loads.py      the load that a run puts on each AWS service, against its quota (pure)
obstacles.py  why a run can't be done, and what would be enough (pure)
prices.py     what a run costs (pure)
"""
