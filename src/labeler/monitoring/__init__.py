"""Monitoring: a report of a run, whether its day drifted from the model's reference, and how right its labels were.

published_run.py  a published run's summary, and receipts
rejects.py        records of the quarantine: file, line, column and reason, never a value
reports.py        what monitoring writes: the drift report and the performance report of a run
thresholds.py     monitoring.yaml: the distances that are allowed
drift/            samples of a run against the reference of its model -> the drift report, and Evidently's page
ground_truth.py   true labels that come later, joined with a run's labels
performance.py    joined labels -> the performance report
run_report/       everything known of a run -> one HTML file
metrics.py        drift and performance reports -> metrics (pure)
cloudwatch.py     metrics to where the alarm listens
"""
