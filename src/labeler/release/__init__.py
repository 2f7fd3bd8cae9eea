"""What a stage was given and when: releases, the way back, and the runs that forbid a new one.

records.py    a build and a release
images.py     what was built, as the archives say themselves
history.py    which release a stage has, and which one before
open_runs.py  the runs that a deployment waits for (pure)
"""
