"""What the stack is made of, checked with the real clients."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from urllib.parse import unquote_plus

from labeler import layout
from labeler.task import load_task
from labeler.worker.outputs import labels_schema
from labeler_local.emulator.stack import LocalStack

_DAY = date(2026, 3, 2)


def test_one_of_many_racing_conditional_writes_wins(stack: LocalStack) -> None:
    with ThreadPoolExecutor(16) as pool:
        won = list(pool.map(lambda n: stack.runs.put_once("runs/a/manifest.json", b"%d" % n), range(16)))

    assert sum(won) == 1
    assert stack.runs.get("runs/a/manifest.json") == b"%d" % won.index(True)


def test_a_receipt_reaches_the_completion_queue_as_an_s3_event(stack: LocalStack) -> None:
    stack.runs.put(layout.receipt_key("daily-2026-03-02", 7), b"{}")

    bodies = [json.loads(message["Body"]) for message in _receive(stack, stack.resources.completion_queue.url)]

    assert bodies[0]["Event"] == "s3:TestEvent", "S3 sends one when a notification is configured"
    [record] = bodies[1]["Records"]
    assert record["eventName"] == "ObjectCreated:Put"
    assert record["s3"]["bucket"]["name"] == stack.resources.runs_bucket
    assert unquote_plus(record["s3"]["object"]["key"]) == "runs/daily-2026-03-02/receipts/unit-00007.json"


def test_only_json_objects_below_runs_cause_events(stack: LocalStack) -> None:
    _drain(stack)

    stack.runs.put(layout.slice_key("daily-2026-03-02", 1, "a" * 64), b"")
    stack.runs.put(layout.reference_key("b" * 64), b"")
    stack.labels.put("runs/a/receipts/unit-00001.json", b"")

    assert _receive(stack, stack.resources.completion_queue.url) == []


def test_message_received_too_often_becomes_a_dead_letter(stack: LocalStack) -> None:
    work, dead = stack.resources.work_queue.url, stack.resources.dead_letter_queue.url
    stack.aws.sqs.send_message(QueueUrl=work, MessageBody="poison")

    counts = []
    for _ in range(3):
        [message] = _receive(stack, work)
        counts.append(message["Attributes"]["ApproximateReceiveCount"])
        stack.aws.sqs.change_message_visibility(
            QueueUrl=work, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0
        )

    assert counts == ["1", "2", "3"]
    assert _receive(stack, work) == []
    assert [message["Body"] for message in _receive(stack, dead)] == ["poison"]


def test_catalog_table_has_the_schema_that_workers_write(stack: LocalStack) -> None:
    resources = stack.resources
    columns = labels_schema(load_task(stack.worker_settings.task).identity_columns)
    hive = {"date32[day]": "date", "string": "string", "int32": "int", "float": "float"}

    table = stack.aws.glue.get_table(DatabaseName=resources.glue_database, Name=resources.glue_table)["Table"]

    assert tuple(key["Name"] for key in table["PartitionKeys"]) == layout.PARTITION_KEYS
    assert table["StorageDescriptor"]["Location"] == f"s3://{resources.labels_bucket}/labels/"
    assert [(column["Name"], column["Type"]) for column in table["StorageDescriptor"]["Columns"]] == [
        (field.name, hive[str(getattr(field.type, "value_type", field.type))]) for field in columns
    ]


def test_ledger_table_supports_conditional_transactions(stack: LocalStack) -> None:
    item = {"pk": {"S": "RUNS"}, "sk": {"S": "a"}}
    put = {"TableName": stack.resources.ledger_table, "Item": item, "ConditionExpression": "attribute_not_exists(pk)"}

    def write() -> bool:
        try:
            stack.aws.dynamodb.transact_write_items(TransactItems=[{"Put": put}])
        except stack.aws.dynamodb.exceptions.TransactionCanceledException:
            return False
        return True

    assert [write(), write()] == [True, False]


def test_obstore_reads_what_boto3_wrote(stack: LocalStack) -> None:
    [key] = stack.put_files({"conta é.csv": b"id;valor"}, _DAY)

    store = stack.aws.object_store(stack.resources.raw_bucket)

    assert bytes(store.get(key).bytes()) == b"id;valor"


def _receive(stack: LocalStack, url: str) -> list:
    answer = stack.aws.sqs.receive_message(
        QueueUrl=url, MaxNumberOfMessages=10, MessageSystemAttributeNames=["ApproximateReceiveCount"]
    )
    return answer.get("Messages", [])


def _drain(stack: LocalStack) -> None:
    url = stack.resources.completion_queue.url
    for message in _receive(stack, url):
        stack.aws.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
