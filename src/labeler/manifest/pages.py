"""One page of an S3 listing, exact for every key that S3 allows.

CPU per page of 1,000 keys on the same machine: boto3 80 to 105 ms, obstore 5 ms, here 5 ms. boto3's parser builds every
field and date through generic code; under the interpreter's lock that caps a Lambda at 10 pages a second, and a
run of three million files with a look-back of two days has 9,000. obstore refuses a whole page for one key with
`//`, `.`, `..` or a control character, and drops the last slash of a key: one odd upload would stop the day's
run. So botocore sends, signs and retries, and the three fields that are needed are picked out here.
"""

import re
from html import unescape
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_plus

from labeler.aws import Aws
from labeler.aws_errors import translated_errors
from labeler.manifest.listing import PAGE_KEYS, Page, PageOf
from labeler.run_index import FileEntry

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

FILES = "LabelerFiles"
# written with a wildcard it comes before botocore's own handlers of s3.*, one of which parses the body once more
BEFORE_BOTOCORE_PARSES = "before-parse.*.ListObjectsV2"
KEY, ETAG, SIZE, COUNT, HAS_MORE = (
    re.compile(f"<{name}>([^<]*)</{name}>") for name in ("Key", "ETag", "Size", "KeyCount", "IsTruncated")
)


def listing_client(aws: Aws) -> "S3Client":
    """For `s3_pages` alone: other listings would miss what is taken out here."""
    s3 = Aws(aws.session).s3
    s3.meta.events.register_first(BEFORE_BOTOCORE_PARSES, _take_files)
    return s3


def s3_pages(s3: "S3Client", bucket: str, prefix: str) -> PageOf:
    """The page function of a prefix; raises LabelerErrors when botocore's retries ran out."""

    def page_of(after: str) -> Page:
        with translated_errors(f"listing s3://{bucket}/{prefix}"):
            # url: XML can't carry control characters, and nothing in a key looks like XML
            response: dict[str, Any] = s3.list_objects_v2(  # type: ignore[assignment]
                Bucket=bucket, Prefix=prefix, StartAfter=after, MaxKeys=PAGE_KEYS, EncodingType="url"
            )
        entries = response[FILES] if FILES in response else [_entry(*_fields(e)) for e in response.get("Contents", ())]
        return Page(entries, response["IsTruncated"])

    return page_of


def _take_files(response_dict: dict[str, Any], customized_response_dict: dict[str, Any], **_: object) -> None:
    """botocore's hook before its parser. Whatever is not plainly a listing (an error, half a body) is left to it."""
    text = response_dict["body"].decode("utf-8", "replace")
    count = COUNT.search(text)
    keys, etags, sizes = KEY.findall(text), ETAG.findall(text), SIZE.findall(text)
    is_whole = text.rstrip().endswith("</ListBucketResult>")
    if not is_whole or count is None or {len(keys), len(etags), len(sizes)} != {int(count[1])}:
        return
    has_more = HAS_MORE.search(text)
    customized_response_dict[FILES] = list(map(_entry, keys, etags, sizes))
    customized_response_dict["IsTruncated"] = has_more is not None and has_more[1] == "true"
    response_dict["body"] = b"<ListBucketResult/>"


def _fields(entry: dict[str, Any]) -> tuple[str, str, int]:
    return entry["Key"], entry["ETag"], entry["Size"]


def _entry(key: str, etag: str, size: str | int) -> FileEntry:
    return FileEntry(unquote_plus(unescape(key)), unescape(etag).strip('"'), int(size))
