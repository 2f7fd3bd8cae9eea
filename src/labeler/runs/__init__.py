"""What people do with runs, without a terminal: commands, the demo and the local deployment call these.

connection.py  a deployed or local stack: its settings, clients, buckets and ledger
stages.py      a deployment stage, found by its CloudFormation stack
landing.py     files of a folder into the landing folder of a day
start.py       start a run by invoking the manifest function
wait.py        wait until a run is published
smoke.py       label a few packaged statements on a stage
report.py      a run as one HTML file
"""
