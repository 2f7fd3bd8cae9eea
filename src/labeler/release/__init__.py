"""The releases of a stage: their history, where a rollback leads, their champions, and the runs that block a deployment.

records.py    a build and a release
images.py     the images of a build, read from their archives
log.py        a stage's log of releases in its runs bucket
history.py    the current release of a stage, and where a rollback leads (pure)
champion.py   who is the champion after a release and after a rollback
open_runs.py  the runs that a deployment waits for (pure)
"""
