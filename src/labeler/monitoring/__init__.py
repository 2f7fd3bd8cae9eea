"""Watching: what happened to a run, and whether its day still looks like what the model learnt from.

records.py       what monitoring writes down: drift and performance of a run
facts.py         everything that a report of a run stands on, read
figures.py       facts -> the figures that a report shows (pure)
charts.py        figures -> coordinates of charts (pure)
run_report.py    figures -> one HTML file
thresholds.py    monitoring.yaml: what counts as drift
samples.py       the workers' samples of a run -> one bounded, weighted table
references.py    what a model version's days are compared with
held_out.py      that of an experiment's versions: the rows that it held out
drift.py         sample and reference -> Evidently's snapshot and the scores
judge.py         scores -> verdict and metrics (pure)
cloudwatch.py    metrics to where the alarm listens
workspace.py     Evidently's workspace in S3, and its copy in a folder
serve.py         Evidently's page over that copy
watch_run.py     one run from sample to verdict
truth.py         later true labels -> how right a run was
"""
