"""Drift: a run's sample is compared with the reference of its model version.

samples.py      the workers' samples of a run -> one bounded, weighted table
sampled_run.py  a published run with its sample, and whether it is large enough
references.py   the reference of a model version: one sample, and where it comes from
baseline.py     a run's sample becomes the reference
columns.py      how each column is compared
compare.py      sample and reference -> Evidently's snapshot and the distances
verdict.py      distances -> verdict and flags (pure)
evaluate.py     one run from its sample to the drift report in S3
workspace.py    Evidently's workspace in S3, and its copy in a folder
serve.py        Evidently's page over that copy
"""
