"""From receipts and dead letters to a published run.

events.py        S3 events -> receipt keys (pure)
settle.py        receipts and dead letters into the ledger, each once
dead_letters.py  the dead-letter queue, looked at without taking anything
pace.py          how fast the workers are (pure)
forecast.py      when the run ends (pure)
evidence.py      all that a settled run left behind, read
reconcile.py     what does not add up, and which objects nobody names (pure)
summarise.py     evidence -> summary (pure)
publish.py       evidence -> a generation that readers see
announce.py      the summary and the catalog, never backwards
receive.py       one batch of the completion queue
tick.py          one beat of the schedule
redrive.py       failed units back to the workers
missing.py       is the daily run open by its time? (pure)
measures.py      forecast, summary -> metrics (pure)
"""
