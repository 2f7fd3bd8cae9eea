"""`labeler worker`: what a pod runs."""

import os
import signal
import socket
from typing import Any

from labeler.aws import Aws
from labeler.settings import WorkerSettings, load_local_stack
from labeler.telemetry import get_logger


def worker() -> None:
    """Label units from the work queue until SIGTERM, or until idle for LABELER_IDLE_EXIT_S."""
    load_local_stack()
    settings = WorkerSettings.from_environment()
    use_one_core()
    from labeler.worker.consume import Consumer

    worker_id = f"{socket.gethostname()}-{os.getpid()}"
    logger = get_logger("worker")
    logger.append_keys(worker_id=worker_id)
    consumer = Consumer(settings, Aws(), worker_id=worker_id, logger=logger)

    def leave(_signal: int, _frame: Any) -> None:
        consumer.drain()

    signal.signal(signal.SIGTERM, leave)
    signal.signal(signal.SIGINT, leave)
    logger.info("worker started")
    consumer.run(
        lambda receipt: logger.info(
            "unit labeled",
            extra={
                "run_id": receipt.run_id,
                "unit_id": receipt.unit_id,
                "files": receipt.files,
                "rows_labeled": receipt.rows_labeled,
                "rows_quarantined": receipt.rows_quarantined,
                "stage_s": {phase: round(seconds, 3) for phase, seconds in receipt.stage_s.items()},
            },
        )
    )
    logger.info("worker left", extra={"units_done": consumer.units_done})


def use_one_core() -> None:
    """A worker is one process per core: threads inside libraries would only fight over it."""
    import pyarrow as pa

    pa.set_cpu_count(1)
