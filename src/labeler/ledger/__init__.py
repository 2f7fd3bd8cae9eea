"""Which units of a run are settled: shared by manifest (opens), completion (settles) and the command (reads)."""

from labeler.ledger.records import RunRecord, UnitRecord
from labeler.ledger.settlement import Ledger

__all__ = ["Ledger", "RunRecord", "UnitRecord"]
