"""Which units of a run are settled: shared by manifest (opens), completion (settles) and the command (reads).

ledger.py  the ledger: what can be done to a run and its units, each on a condition
items.py       the items of its table: keys and records
records.py     what it says of a run and of a settled unit
table.py       the DynamoDB table: conditional transactions, reads, queries
"""

from labeler.ledger.ledger import Ledger
from labeler.ledger.records import RunRecord, UnitRecord

__all__ = ["Ledger", "RunRecord", "UnitRecord"]
