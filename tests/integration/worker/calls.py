"""Calls that tests delay or break."""

from labeler_local.emulator.faults import Call


def is_raw_get(call: Call) -> bool:
    return call.method == "GET" and call.path.startswith("/labeler-raw/")


def is_slice_get(call: Call) -> bool:
    return call.method == "GET" and "/slices/" in call.path


def is_sample_put(call: Call) -> bool:
    return call.method == "PUT" and "/samples/" in call.path


def is_receipt_put(call: Call) -> bool:
    return call.method == "PUT" and "/receipts/" in call.path
