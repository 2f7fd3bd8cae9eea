"""The feature contract: names and groups of the matrix's columns. Needs no numpy; digest.py says how they behave."""

from collections.abc import Mapping

TEXT_BUCKETS = 12
"""Hashed character trigrams of the merchant's place."""
CODE_BUCKETS = 4096
"""Places share so many codes. Below 10,000, so that the digest's four digits hold each exactly."""

ROW = (
    "amount", "log_amount", "amount_missing", "amount_cents", "amount_is_whole", "amount_is_tens", "amount_ends_in_9",
    "log_credit_limit", "log_available_limit", "utilisation", "amount_to_limit", "age", "is_female", "months_open",
)  # fmt: skip
CALENDAR = ("weekday", "day_of_month", "month", "is_weekend", "is_holiday", "days_to_holiday")
ACCOUNT = (
    "account_rows", "account_log_amount_mean", "account_log_amount_std", "account_log_amount_max",
    "account_places", "account_abroad_share", "account_rows_a_day", "log_amount_to_account",
)  # fmt: skip
REPEATS = (
    "place_share",
    "log_place_rows",
    "log_amount_rows",
    "log_place_amount_rows",
    "log_day_rows",
    "log_place_log_amount_mean",
)
PLACE = (
    "is_abroad", "country_missing", "place_is_home", "place_in_home_state", "place_state_known", "place_length",
    "place_digits", "place_lower", "place_dots", "place_blanks", *(f"place_text_{i}" for i in range(TEXT_BUCKETS)),
)  # fmt: skip
CODES = ("place_code", "home_city_code", "home_state_code", "place_state_code", "country_code")
"""Categories as small whole numbers, for a model that encodes them itself: codes.py says which number and why."""
FEATURE_NAMES: tuple[str, ...] = (*ROW, *CALENDAR, *ACCOUNT, *REPEATS, *PLACE, *CODES)
FEATURE_GROUPS: Mapping[str, tuple[str, ...]] = {
    "codes": CODES,
    "place_text": tuple(f"place_text_{i}" for i in range(TEXT_BUCKETS)),
    "calendar": ("weekday", "day_of_month", "month"),
}
