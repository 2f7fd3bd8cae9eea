"""One DynamoDB table, and the few things that the ledger does to it: conditional transactions, reads, queries."""

import random
import time
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

from labeler.aws import Aws
from labeler.aws_errors import translated_errors
from labeler.errors import ThrottledError

CONFLICT_TRIES = 12
CANCELED = "TransactionCanceledException"


class Table:
    """Items are addressed by (pk, sk); numbers are integers."""

    def __init__(self, aws: Aws, name: str) -> None:
        self._aws = aws
        self._table = name

    def update(
        self,
        key: tuple[str, str],
        *,
        put: dict[str, Any] | None = None,
        add: dict[str, int] | None = None,
        expect: dict[str, Any] | None = None,
        absent: bool = False,
        present: bool = False,
    ) -> dict[str, Any]:
        """One Update of a transaction: SET `put`, ADD `add`, if the item is `absent`, `present`, or has `expect`."""
        put, add, expect = put or {}, add or {}, expect or {}
        names = {f"#{name}": name for name in (*put, *add, *expect)}
        values = {f":put_{n}": v for n, v in put.items()} | {f":add_{n}": v for n, v in add.items()}
        values |= {f":is_{n}": v for n, v in expect.items()}
        clauses = []
        if put:
            clauses.append("SET " + ", ".join(f"#{n} = :put_{n}" for n in put))
        if add:
            clauses.append("ADD " + ", ".join(f"#{n} :add_{n}" for n in add))
        conditions = [f"#{n} = :is_{n}" for n in expect]
        conditions += ["attribute_not_exists(pk)"] * absent + ["attribute_exists(pk)"] * present
        update: dict[str, Any] = {
            "TableName": self._table,
            "Key": _item({"pk": key[0], "sk": key[1]}),
            "UpdateExpression": " ".join(clauses),
            "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": _item(values),
        }
        return {"Update": {**update, **({"ConditionExpression": " AND ".join(conditions)} if conditions else {})}}

    def delete(self, key: tuple[str, str], *, expect: dict[str, Any]) -> dict[str, Any]:
        """One Delete of a transaction, if the item has the values of `expect`."""
        return {
            "Delete": {
                "TableName": self._table,
                "Key": _item({"pk": key[0], "sk": key[1]}),
                "ConditionExpression": " AND ".join(f"#{n} = :is_{n}" for n in expect),
                "ExpressionAttributeNames": {f"#{n}": n for n in expect},
                "ExpressionAttributeValues": _item({f":is_{n}": v for n, v in expect.items()}),
            }
        }

    def transact(self, items: list[dict[str, Any]]) -> bool:
        """All or nothing; False when a condition did not hold. Conflicts with other writers are tried again."""
        for attempt in range(CONFLICT_TRIES):
            try:
                with translated_errors(f"writing to the ledger {self._table}", except_for=CANCELED):
                    self._aws.dynamodb.transact_write_items(TransactItems=items)  # type: ignore[arg-type]
                return True
            except self._aws.dynamodb.exceptions.TransactionCanceledException as error:
                codes = {reason.get("Code") for reason in error.response.get("CancellationReasons", ())}
                if "ConditionalCheckFailed" in codes:
                    return False
                time.sleep(random.uniform(0, 0.02 * 2 ** min(attempt, 6)))  # noqa: S311 - jitter
        raise ThrottledError(f"writing to the ledger {self._table}: too many conflicting writers")

    def item(self, key: tuple[str, str]) -> dict[str, Any] | None:
        with translated_errors(f"reading {key[1]} from the ledger {self._table}"):
            response = self._aws.dynamodb.get_item(
                TableName=self._table, Key=_item({"pk": key[0], "sk": key[1]}), ConsistentRead=True
            )
        return _python_values(response["Item"]) if "Item" in response else None

    def query(self, pk: str, sk_prefix: str) -> Iterator[dict[str, Any]]:
        condition, values = "pk = :pk", {":pk": pk}
        if sk_prefix:
            condition, values = "pk = :pk AND begins_with(sk, :sk)", {":pk": pk, ":sk": sk_prefix}
        with translated_errors(f"querying the ledger {self._table}"):
            pages: Iterable[Any] = self._aws.dynamodb.get_paginator("query").paginate(
                TableName=self._table,
                KeyConditionExpression=condition,
                ExpressionAttributeValues=_item(values),
                ConsistentRead=True,
            )
            for page in pages:
                for item in page["Items"]:
                    yield _python_values(item)


def _item(values: dict[str, Any]) -> dict[str, Any]:
    return {name: TypeSerializer().serialize(value) for name, value in values.items()}


def _python_values(item: dict[str, Any]) -> dict[str, Any]:
    values = {name: TypeDeserializer().deserialize(value) for name, value in item.items()}
    return {name: int(value) if isinstance(value, Decimal) else value for name, value in values.items()}
