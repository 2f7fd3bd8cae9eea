"""From a request that reached the local AWS to what IAM would be asked for it. Standard library only."""

import json
import re
from collections.abc import Callable
from typing import Any, NamedTuple
from urllib.parse import parse_qs, unquote

REGION, ACCOUNT = "eu-west-1", "123456789012"
BATCH = re.compile(r"(Send|Delete)MessageBatch|ChangeMessageVisibilityBatch")
DATA_KEY, TOPIC_KEY = "key of the data", "key of the alarms"
KEY_USES = {"s3:GetObject": "kms:Decrypt", "s3:PutObject": "kms:GenerateDataKey"}
"""Of the buckets' key: S3 asks for it in the caller's name."""
INSIDE_TRANSACTIONS = {
    "Update": "dynamodb:UpdateItem",
    "Put": "dynamodb:PutItem",
    "Delete": "dynamodb:DeleteItem",
    "ConditionCheck": "dynamodb:ConditionCheckItem",
}
MOVING = ("sqs:StartMessageMoveTask", "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")
"""What SQS asks of the caller on the source of a move; and sqs:SendMessage on its destination."""
INVOCATION = re.compile(r"/2015-03-31/functions/(?P<name>[^/]+)/invocations/?")


class Need(NamedTuple):
    """What a policy must allow. `namespace` is CloudWatch's condition key, empty elsewhere."""

    action: str
    resource: str
    namespace: str = ""


class Request(NamedTuple):
    service: str
    action: str
    """Empty for S3 and Lambda."""
    method: str
    path: str
    query: str
    headers: dict[str, str]
    """WSGI's names."""
    body: bytes
    status: int


def needs(request: Request) -> list[Need]:
    """Raises ValueError or KeyError for a request that nobody has thought of yet."""
    service, action = request.service, request.action
    if service == "s3":
        return _with_key(_of_s3(request))
    if service == "sns":
        return _of_sns({name: value for name, (value, *_) in parse_qs(request.body.decode()).items()})
    if service == "monitoring":
        return [Need("cloudwatch:PutMetricData", "*", _namespace(request))]
    if service == "lambda" and (invocation := INVOCATION.fullmatch(request.path)):
        return [Need("lambda:InvokeFunction", arn("lambda", f"function:{unquote(invocation['name'])}"))]
    return OF_JSON[service](action, json.loads(request.body))


def arn(service: str, name: str) -> str:
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{name}"


def _of_s3(request: Request) -> list[Need]:
    bucket, _, key = request.path.lstrip("/").partition("/")
    whole, query = f"arn:aws:s3:::{bucket}", parse_qs(request.query, keep_blank_values=True)
    one = f"{whole}/{key}"
    if request.method == "POST" and "delete" in query:
        keys = re.findall(r"<Key>(.*?)</Key>", request.body.decode())
        return [Need("s3:DeleteObject", f"{whole}/{deleted}") for deleted in keys]
    if not key and request.method in {"GET", "HEAD"} and not query.keys() - LISTING:
        return [Need("s3:ListBucket", whole)]
    if key and request.method in {"GET", "HEAD"}:
        # who may not list the bucket gets 403 for what is missing, and the pipeline could not tell it from forbidden
        missing = [Need("s3:ListBucket", whole)] if request.status == 404 else []
        return [Need("s3:GetObject", one), *missing]
    if key and request.method == "PUT" and "HTTP_X_AMZ_COPY_SOURCE" not in request.headers:
        compared = [Need("s3:GetObject", one)] if "HTTP_IF_MATCH" in request.headers else []
        return [Need("s3:PutObject", one), *compared]
    if key and request.method == "POST" and query.keys() & {"uploads", "uploadId"}:
        return [Need("s3:PutObject", one), Need("kms:Decrypt", DATA_KEY)]
    if key and request.method == "DELETE":
        return [Need("s3:AbortMultipartUpload" if "uploadId" in query else "s3:DeleteObject", one)]
    raise ValueError(f"it is unknown what IAM asks for {request}")


LISTING = {
    "list-type",
    "prefix",
    "start-after",
    "max-keys",
    "encoding-type",
    "continuation-token",
    "delimiter",
    "fetch-owner",
}


def _with_key(needed: list[Need]) -> list[Need]:
    uses = {KEY_USES[need.action] for need in needed if need.action in KEY_USES}
    return [*needed, *(Need(use, DATA_KEY) for use in sorted(uses))]


def _of_sqs(action: str, body: dict[str, str]) -> list[Need]:
    if action == "StartMessageMoveTask":
        source = body["SourceArn"]
        moving = [Need(needed, source) for needed in MOVING]
        return [*moving, Need("sqs:SendMessage", body.get("DestinationArn", arn("sqs", "labeler-work")))]
    if action == "ListMessageMoveTasks":
        return [Need(f"sqs:{action}", body["SourceArn"])]
    queue = body["QueueUrl"].rpartition("/")[2]
    return [Need(f"sqs:{action.removesuffix('Batch') if BATCH.fullmatch(action) else action}", arn("sqs", queue))]


def _of_dynamodb(action: str, body: dict[str, Any]) -> list[Need]:
    if action != "TransactWriteItems":
        return [Need(f"dynamodb:{action}", arn("dynamodb", f"table/{body['TableName']}"))]
    needed = []
    for item in body["TransactItems"]:
        ((kind, operation),) = item.items()
        needed.append(Need(INSIDE_TRANSACTIONS[kind], arn("dynamodb", f"table/{operation['TableName']}")))
    return needed


def _of_glue(action: str, body: dict[str, str]) -> list[Need]:
    """Glue asks for the catalog and the database, too."""
    database, table = body["DatabaseName"], body.get("TableName") or body["Name"]
    parts = ("catalog", f"database/{database}", f"table/{database}/{table}")
    return [Need(f"glue:{action}", arn("glue", part)) for part in parts]


def _of_sns(form: dict[str, str]) -> list[Need]:
    """The topic is encrypted with a key of ours."""
    return [
        Need(f"sns:{form['Action']}", form["TopicArn"]),
        Need("kms:GenerateDataKey", TOPIC_KEY),
        Need("kms:Decrypt", TOPIC_KEY),
    ]


def _namespace(request: Request) -> str:
    """Whatever the protocol, the namespace stands in the body as text; it is compared with what a policy allows."""
    if b"labeler" not in request.body:
        raise ValueError(f"metrics of another namespace: {request.body[:200]!r}")
    return "labeler"


def _of_secrets(action: str, body: dict[str, str]) -> list[Need]:
    return [Need(f"secretsmanager:{action}", arn("secretsmanager", f"secret:{body['SecretId']}-Abc123"))]


OF_JSON: dict[str, Callable[[str, Any], list[Need]]] = {
    "sqs": _of_sqs,
    "dynamodb": _of_dynamodb,
    "glue": _of_glue,
    "secretsmanager": _of_secrets,
}
