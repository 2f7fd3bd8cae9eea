"""From labeled statements to a champion: each step reads and writes declared files (see `files`).

    validate -> prepare -> plan -> train -> evaluate -> gate -> register -> propose
    ------ data ------     - training -     - evaluation --     -- registering --

A step is one function of values and files; `labeler experiment <step>`, DVC, Airflow and CI all call the same ones.
Nothing of the daily run imports this package.

data/            labeled files to prepared rows, and the versions of both
training/        prepared rows to fitted candidates in MLflow
evaluation/      scores of candidates, champion and baseline; the gate; the report
registering/     registered versions, and the pull request of the winner
files.py         where each step reads and writes
records.py       what steps leave for the next ones: validation, data set, plan, trained candidates
scores.py        what `evaluate` leaves: the scores of every model
verdicts.py      what `gate` leaves
registration.py  what `register` leaves
params.py        params.yaml: what an experiment tries
yaml_files.py    reads params.yaml and gate.yaml
"""
