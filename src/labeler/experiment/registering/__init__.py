"""Evaluated candidates become versions in the registry, and the winner a pull request.

evaluated_candidates.py  candidates with their scores and verdicts, checked to belong together
register.py              candidates as versions, the winner as challenger
run_metrics.py           the metrics that a candidate's MLflow run gets
drift_references.py      the held-out rows as drift references of the versions
winner.py                the recipe of the gate's winner
recipe.py                the section `champion` of params.yaml
propose.py               the winner's pull request, opened or brought up to date
draft.py                 what that pull request shall contain (pure)
pull_request_body.py     the report as its text (pure)
proposal_repository.py   the repository that the pull request is for
github.py                branches, commits and pull requests of one repository
github_connection.py     PyGithub's client: timeouts and retries
github_objects.py        commits and pull requests apart from PyGithub's classes
github_errors.py         GitHub's answers as our errors
github_token.py          the token, from the environment or Secrets Manager
"""
