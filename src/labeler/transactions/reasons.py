"""Reason codes of refused rows. They stand in the quarantine table: a code that was written once stays."""

from enum import StrEnum


class RowReason(StrEnum):
    """Why a row is refused."""

    FIELD_COUNT = "row_field_count"
    MISSING = "row_missing_value"
    NUMBER = "row_not_a_number"
    DATE = "row_not_a_date"
    RANGE = "row_out_of_range"
    TEXT = "row_bad_text"
    CATEGORY = "row_unknown_category"
