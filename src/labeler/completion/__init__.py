"""From receipts and dead letters to a published run.

receive.py              one batch of the completion queue
events.py               S3 events -> receipt keys (pure)
settle.py               receipts and dead letters into the ledger, each once
dead_letters.py         reads the dead-letter queue without taking anything from it
tick.py                 the periodic check of open runs
daily_run.py            is the daily run open by its time? (pure)
forecast.py             when the run ends (pure)
pace.py                 how fast the workers are (pure)
distributions.py        what the forecast needs of two distributions (pure)
publish.py              evidence -> a generation that readers see
evidence.py             everything that a settled run left behind, read
reconcile.py            what does not add up, and which objects nobody names (pure)
outcome.py              the state of a published run, and why (pure)
summarise.py            evidence -> summary (pure)
summary_and_catalog.py  writes summary.json and the catalog's partition, never backwards
metrics.py              forecast, summary -> metrics (pure)
redrive.py              failed units back to the workers
"""
