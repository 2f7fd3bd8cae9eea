"""From parameters and prepared rows to fitted candidates, each an MLflow run under one parent.

plan.py             the step `plan`: the candidates, the experiment's id, its MLflow run
plan_checks.py      refuses rows or code that the plan is not about
experiment_id.py    what an experiment's id follows from
candidates.py       params.yaml to candidates, one value for each parameter (pure)
estimators.py       the scikit-learn classifiers that a candidate can be
preprocessing.py    how a model encodes and scales the matrix
train.py            the step `train`: fits the planned candidates
trainer.py          fits one candidate, logs it and keeps its bundle
fit.py              one fit, timed, with its warnings
first_model.py      one small model from a few labeled files, without params.yaml
first_champion.py   makes that model the champion
tracking.py         MLflow runs: parents, candidates, metrics
logged_models.py    MLflow models: logged, downloaded, registered
mlflow_session.py   MLflow set up for one registry, its errors translated
run_metadata.py     what a run says of its data, parameters and environment
"""
