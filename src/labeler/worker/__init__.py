"""From a message to labels and a receipt.

consume.py         takes units until it is told to leave, and loses none of them
lease.py           who owns a message in hand: one state for each, under one lock (pure)
work_queue.py      receive, extend, return and delete messages, as the state of their leases allows
prefetcher.py      the thread that receives and fetches one block ahead
unit_processor.py  claims a unit, labels it, writes its receipt, deletes its message
failures.py        records why a unit failed and returns its message
pinned.py          the run's model and reference data, proven before the first row
label_files.py     files -> labels, a sample and rejects, all at once
label_unit.py      a unit's blocks -> labels, quarantine and the receipt's figures
outputs.py         labels and quarantine as Parquet: the same rows, the same bytes
sample.py          a few rows of the unit for monitoring, taken on the way
receipts.py        what a worker leaves of a unit in S3: outputs and receipt, or why it failed
phase_timer.py     how long each phase of a unit's work takes
tracebacks.py      where a bug happened, without a row's values (pure)
"""
