"""What a stage was given and when: releases, the way back, and the runs that forbid a new one.

records.py    a build and a release
images.py     what was built, as the archives say themselves
log.py        a stage's log of releases in its runs bucket
history.py    where a stage is in its releases, and where a rollback leads (pure)
open_runs.py  the runs that a deployment waits for (pure)
"""
