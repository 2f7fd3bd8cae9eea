"""Logs, failure records and quarantine carry ids and counts, never a row's values."""

import gzip

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from labeler.transactions import TransactionsTask
from tests.integration.worker.harness import Harness
from tests.unit.transactions.statement_files import body, line

PLACE, AMOUNT, ACCOUNT = "LUGAR SECRETO", "98765,43", "7777E+11"
SECRETS = [PLACE, AMOUNT, ACCOUNT, "98765.43"]


def secret_line(**changes: str) -> str:
    return line(**{"cidade_estabelecimento": PLACE, "valor": AMOUNT, "id": ACCOUNT, **changes})


FILES = {
    "good.csv": body(secret_line()),
    "bad-rows.csv": body(secret_line(valor="98765,43x"), secret_line(data=PLACE), secret_line(idade="999")),
    "short-row.csv": body(secret_line().rpartition(";")[0]),
    "cut.csv": body(secret_line(), secret_line())[:-20],
    "no-header.csv": body(secret_line(), header=secret_line()),
}


def leaks(harness: Harness) -> list[str]:
    """Secrets in what the worker logged and wrote, labels apart."""
    stack = harness.stack
    records = [stack.runs.get(key).decode() for key, _ in stack.runs.sizes("runs/") if key.endswith(".json")]
    quarantine = [
        str(pq.read_table(pa.BufferReader(stack.labels.get(key))).to_pylist())
        for key, _ in stack.labels.sizes("quarantine/")
    ]
    text = "".join([harness.log.getvalue(), *records, *quarantine])
    return [secret for secret in SECRETS if secret in text]


def test_values_of_bad_rows_are_neither_logged_nor_recorded(harness: Harness) -> None:
    harness.send(harness.unit(FILES))

    (receipt,) = harness.work()

    assert receipt.rows_quarantined >= 4
    assert leaks(harness) == []


def test_bug_in_the_task_logs_no_values(harness: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    def stumble(_task: object, table: object, _reference: object) -> None:
        raise ValueError(f"can't use {table}")

    monkeypatch.setattr(TransactionsTask, "features", stumble)
    harness.send(harness.unit({"good.csv": FILES["good.csv"]}))

    (receipt,) = harness.work()

    assert receipt.rejects == {"file_unreadable": 1}
    assert "stumble" in harness.log.getvalue()
    assert leaks(harness) == []


def test_bug_outside_the_task_logs_no_values(harness: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    def stumble(_body: bytes) -> bytes:
        raise ValueError(f"can't unpack {SECRETS}")

    unit = harness.unit(FILES)
    monkeypatch.setattr(gzip, "decompress", stumble)
    harness.send(unit)

    assert harness.work() == []

    assert harness.dead == 1
    assert "stumble" in harness.log.getvalue()
    assert leaks(harness) == []
