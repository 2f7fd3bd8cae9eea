"""What a run will take, computed before it starts and without AWS.

capacity.py  files and deadline -> workers, requests against quotas, cost (pure)
timing.py    how long the phases of a run take (pure)
ramp.py      how fast workers start (pure)
prices.py    what a run costs (pure)
"""
