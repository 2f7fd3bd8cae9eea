import re
from datetime import date
from typing import TYPE_CHECKING

import pytest

from labeler.errors import ObjectMissingError
from labeler.manifest.listing import Page, list_files
from labeler.manifest.pages import listing_client, s3_pages
from labeler.run_index import FileEntry
from labeler_local.emulator.faults import Fault

if TYPE_CHECKING:
    from labeler_local.emulator.stack import LocalStack

PREFIX = "landing/2026-11-23/"
ODD_NAMES = [
    "plain.csv",
    "a//b.csv",
    "/lead.csv",
    " bl ank .csv",
    "per%20cent%.csv",
    "São Paulo.csv",
    "./x.csv",
    "../up.csv",
    "q?#&+.csv",
    "tab\tx.csv",
    "control\x01.csv",
    "~{}|^`<>\"'.csv",
    "emoji😀.csv",
    "folder/",
    "folder",
]


def test_every_key_that_s3_allows_is_listed_unchanged(stack: "LocalStack") -> None:
    for name in ODD_NAMES:
        stack.raw.put(f"{PREFIX}{name}", b"row\n")

    page = s3_pages(listing_client(stack.aws), stack.raw.name, PREFIX)("")

    assert [entry.key for entry in page.entries] == sorted(PREFIX + name for name in ODD_NAMES)
    assert not page.has_more
    assert all(entry == FileEntry(entry.key, stack_etag(stack, entry.key), 4) for entry in page.entries)


def stack_etag(stack: "LocalStack", key: str) -> str:
    return stack.aws.s3.head_object(Bucket=stack.raw.name, Key=key)["ETag"].strip('"')


def test_page_starts_after_any_key(stack: "LocalStack") -> None:
    for name in ODD_NAMES:
        stack.raw.put(f"{PREFIX}{name}", b"row\n")
    page_of = s3_pages(listing_client(stack.aws), stack.raw.name, PREFIX)

    for name in ODD_NAMES:
        if not name.isprintable():
            continue  # moto, unlike S3, repeats the start as it came, and control characters are no XML
        later = sorted(PREFIX + other for other in ODD_NAMES if other > name)
        assert [entry.key for entry in page_of(PREFIX + name).entries] == later


def test_response_in_an_unknown_shape_is_parsed_by_botocore(
    stack: "LocalStack", monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ODD_NAMES:
        stack.raw.put(f"{PREFIX}{name}", b"row\n")
    page_of = s3_pages(listing_client(stack.aws), stack.raw.name, PREFIX)
    usual = page_of("")
    monkeypatch.setattr("labeler.manifest.pages.COUNT", re.compile("<NotThere>"))

    assert page_of("") == usual


def test_folder_whose_name_only_starts_the_same_is_not_listed(stack: "LocalStack") -> None:
    stack.raw.put("landing/2026-11-23x/a.csv", b"row\n")
    stack.raw.put("landing/2026-11-24/a.csv", b"row\n")

    assert s3_pages(listing_client(stack.aws), stack.raw.name, PREFIX)("") == Page([], has_more=False)


def test_every_key_is_listed_over_several_pages_and_failed_requests(
    stack: "LocalStack", monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = stack.put_files({f"{number:02d}.csv": b"row\n" for number in range(40)}, date(2026, 11, 23))
    stack.faults.add(Fault(lambda call: "list-type=2" in call.query, probability=0.2, seed=3))
    monkeypatch.setattr("labeler.manifest.pages.PAGE_KEYS", 7)

    page_of = s3_pages(listing_client(stack.aws), stack.raw.name, PREFIX)
    keys_listed = [entry.key for entry in list_files(page_of, prefix=PREFIX, parallelism=3)]

    assert sorted(keys_listed) == sorted(keys)


def test_other_clients_still_use_botocore_s_parser(stack: "LocalStack") -> None:
    stack.raw.put(f"{PREFIX}a.csv", b"row\n")
    listing_client(stack.aws)

    assert dict(stack.raw.sizes(PREFIX)) == {f"{PREFIX}a.csv": 4}


def test_error_names_a_missing_bucket(stack: "LocalStack") -> None:
    with pytest.raises(ObjectMissingError, match="s3://nowhere/landing/2026-11-23/: NoSuchBucket"):
        s3_pages(listing_client(stack.aws), "nowhere", PREFIX)("")
