"""From a message to labels and a receipt.

consume.py     takes units until it is told to leave, and loses none of them
lease.py       a message in hand, and the heartbeat that keeps it
prefetcher.py  the thread that receives and fetches one block ahead
pinned.py      the run's model and reference data, proven before the first row
label_unit.py  a unit's blocks -> labels, quarantine and the receipt's figures
outputs.py     labels and quarantine as Parquet: the same rows, the same bytes
sample.py      a few rows of the unit for monitoring, taken on the way
receipts.py    what a worker leaves of a unit in S3: outputs and receipt, or why it failed
tracebacks.py  where a bug happened, without a row's values (pure)
"""
