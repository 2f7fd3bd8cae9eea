"""Everything that a settled run left behind, read for its publication."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from labeler import layout
from labeler.completion.settle import read_receipt
from labeler.errors import MessageInvalidError, ObjectMissingError
from labeler.ledger import Ledger, RunRecord, UnitRecord
from labeler.messages import UnitReceipt, UnitState
from labeler.run_index import RunIndex
from labeler.storage import Bucket, read_message

READERS = 16


@dataclass(frozen=True, slots=True)
class Evidence:
    run: RunRecord
    index: RunIndex
    units: tuple[UnitRecord, ...]
    """As the ledger has them."""
    receipts: dict[int, UnitReceipt]
    """Of the units that are DONE, by unit id."""
    unreadable: dict[int, str]
    """DONE units without a readable receipt, and why."""
    objects: dict[str, int]
    """Size in bytes of everything under the run's labels and quarantine prefixes."""
    samples: frozenset[str] = frozenset()
    """Keys of everything under the run's samples prefix."""

    @property
    def failed(self) -> tuple[UnitRecord, ...]:
        return tuple(unit for unit in self.units if unit.state is UnitState.FAILED)


def read_evidence(run: RunRecord, *, ledger: Ledger, runs: Bucket, labels: Bucket) -> Evidence:
    """Raises ObjectMissingError when the run has no index: every run that was started has one."""
    index = read_message(runs, layout.index_key(run.run_id), RunIndex)
    units = tuple(ledger.units(run.run_id))
    done = [unit.unit_id for unit in units if unit.state is UnitState.DONE]
    with ThreadPoolExecutor(READERS, thread_name_prefix="receipts") as pool:
        read = dict(
            zip(done, pool.map(lambda unit_id: _receipt_or_reason(runs, run.run_id, unit_id), done), strict=True)
        )
    prefixes = [layout.output_prefix(kind, run.run_date, run.run_id) for kind in (layout.LABELS, layout.QUARANTINE)]
    return Evidence(
        run=run,
        index=index,
        units=units,
        receipts={unit_id: receipt for unit_id, receipt in read.items() if isinstance(receipt, UnitReceipt)},
        unreadable={unit_id: reason for unit_id, reason in read.items() if isinstance(reason, str)},
        objects={key: size for prefix in prefixes for key, size in labels.sizes(prefix)},
        samples=frozenset(key for key, _ in runs.sizes(layout.output_prefix(layout.SAMPLES, run.run_date, run.run_id))),
    )


def _receipt_or_reason(runs: Bucket, run_id: str, unit_id: int) -> UnitReceipt | str:
    try:
        return read_receipt(runs, layout.receipt_key(run_id, unit_id))
    except (ObjectMissingError, MessageInvalidError) as error:
        return str(error)
