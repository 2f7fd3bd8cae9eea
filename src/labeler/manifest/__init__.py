"""Opens runs: what landed, what is new, who labels which part, and whether it can be done in time.

What the Lambda runs:

    start_run.py     opens a run, in steps that can be repeated
    conflicts.py     requests that contradict a published day or the run's pin
    pins.py          one model and one set of reference data for the run
    discovery.py     which files of the look-back window are new
    listing.py       a prefix by key ranges in parallel
    keyspace.py      where to cut a range for idle threads (pure)
    pages.py         one page of an S3 listing
    fingerprints.py  key and ETag -> how a file is known again (pure)
    seen.py          which files earlier runs took
    partition.py     files -> balanced units (pure)
    index.py         a slice for each unit, and the index: the commit
    dispatch.py      one message for each unit
"""
