"""DynamoDB for a module, a table for each test."""

from collections.abc import Iterator
from itertools import count

import pytest

from labeler.aws import Aws
from labeler.ledger import Ledger
from labeler_local.emulator.stack import LocalStack, local_stack
from tests.integration.dynamodb import isolate_calls
from tests.integration.ledger.three_units import RUN

numbers = count()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    with local_stack(tmp_path_factory.mktemp("stack"), is_dispatching=False) as stack:
        yield stack


@pytest.fixture
def aws(server: LocalStack, monkeypatch: pytest.MonkeyPatch) -> Aws:
    isolate_calls(server.aws.dynamodb, monkeypatch)
    return server.aws


@pytest.fixture
def table(aws: Aws) -> str:
    """Empty, with the keys of the deployed one."""
    name = f"ledger-{next(numbers)}"
    aws.dynamodb.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        AttributeDefinitions=[
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": "S"},
        ],
    )
    return name


@pytest.fixture
def ledger(aws: Aws, table: str) -> Ledger:
    """With a run of three units."""
    ledger = Ledger(aws, table)
    assert ledger.open_run(RUN)
    ledger.start(RUN.model_copy(update={"files": 30, "size_bytes": 3000, "units": 3}))
    return ledger
