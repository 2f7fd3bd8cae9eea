"""Logs, failure records and quarantine carry ids and counts, never a row's values."""

import gzip
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from labeler.transactions import TransactionsTask
from tests.unit.transactions.statement_files import body, line

if TYPE_CHECKING:
    from tests.integration.worker.conftest import Line

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


def leaks(line_: "Line") -> list[str]:
    """Secrets in what the worker logged and wrote, labels apart."""
    stack = line_.stack
    records = [stack.runs.get(key).decode() for key, _ in stack.runs.sizes("runs/") if key.endswith(".json")]
    quarantine = [
        str(pq.read_table(pa.BufferReader(stack.labels.get(key))).to_pylist())
        for key, _ in stack.labels.sizes("quarantine/")
    ]
    told = "".join([line_.log.getvalue(), *records, *quarantine])
    return [secret for secret in SECRETS if secret in told]


def test_whatever_is_wrong_with_a_row_its_values_stay_in_the_raw_bucket(line: "Line") -> None:
    line.send(line.unit(FILES))

    (receipt,) = line.work()

    assert receipt.rows_quarantined >= 4
    assert leaks(line) == []


def test_a_bug_in_the_tasks_code_tells_no_values(line: "Line", monkeypatch: pytest.MonkeyPatch) -> None:
    def stumble(_task: object, table: object, _reference: object) -> None:
        raise ValueError(f"can't use {table}")

    monkeypatch.setattr(TransactionsTask, "features", stumble)
    line.send(line.unit({"good.csv": FILES["good.csv"]}))

    (receipt,) = line.work()

    assert receipt.rejects == {"file_unreadable": 1}
    assert "stumble" in line.log.getvalue()
    assert leaks(line) == []


def test_a_bug_outside_of_it_tells_no_values(line: "Line", monkeypatch: pytest.MonkeyPatch) -> None:
    def stumble(_body: bytes) -> bytes:
        raise ValueError(f"can't unpack {SECRETS}")

    unit = line.unit(FILES)
    monkeypatch.setattr(gzip, "decompress", stumble)
    line.send(unit)

    assert line.work() == []

    assert line.dead == 1
    assert "stumble" in line.log.getvalue()
    assert leaks(line) == []
