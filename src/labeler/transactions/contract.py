"""The feature contract: what the columns of the matrix are, and a digest of how they behave.

Names are apart from the computation so that a process can know the contract without numpy.
"""

import hashlib
from collections.abc import Mapping
from functools import cache

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

SIGNIFICANT_DIGITS = 4
"""Coarser than what processors and math libraries differ in, finer than any change of meaning."""


@cache
def features_digest() -> str:
    """SHA-256 of the names and of the matrix that a fixed probe gives.

    It follows behaviour, not source text: a refactoring keeps it, a changed feature changes it.
    """
    from labeler.task import RawFile
    from labeler.transactions.features import features
    from labeler.transactions.reference import parse_reference
    from labeler.transactions.statements import read_statements

    reading = read_statements([RawFile(f"probe-{i}", text.encode("mac_roman")) for i, text in enumerate(PROBE)])
    matrix = features(reading.table, parse_reference(PROBE_REFERENCE))
    digest = hashlib.sha256("\n".join(FEATURE_NAMES).encode())
    for value in matrix.ravel().tolist():
        digest.update(f"{value:.{SIGNIFICANT_DIGITS}g} ".encode())
    return digest.hexdigest()


HEADER = (
    "id;safra_abertura;cidade;estado;idade;sexo;limite_total;limite_disp;data; valor ;"
    "cidade_estabelecimento;pais_estabelecimento\r\n"
)
PROBE_STATES = (
    "AC", "AL", "AM", "AP", "BA", "CE", "DF", "ES", "GO", "MA", "MG", "MS", "MT", "PA",
    "PB", "PE", "PI", "PR", "RJ", "RN", "RO", "RR", "RS", "SC", "SE", "SP", "TO", "??",
)  # fmt: skip
PROBE = (
    HEADER + "1,11E+11;200101;CIDADE UM             ;SP ;40;F;1000;750;1.05.2001;10,5;CIDADE UM;BR\r\n"
    "1,11E+11;200101;CIDADE UM             ;SP ;40;F;1000;500;5.05.2001;1.024;CIDADE UM;BR\r\n"
    "1,11E+11;200101;CIDADE UM             ;SP ;40;F;1000;1250;6.05.2001; -   ;Outra;BR\r\n"
    "1,11E+11;200101;CIDADE UM             ;SP ;40;F;1000;0;31.12.2001;10,5;CIDADE UM;\r\n",
    HEADER + "22222222;199912;S\u00c3O LUGAR             ;RJ ;18;M;64;32;15.11.2001;0,99;111-222-3333;US\r\n"
    "22222222;199912;S\u00c3O LUGAR             ;RJ ;18;M;64;16;15.11.2001;-20;www.probe.com;\r\n"
    "22222222;199812;S\u00c3O LUGAR             ;RJ ;19;;64;16;29.02.2004;40;OUTRA;BR\r\n"
    "22222222;199912;S\u00c3O LUGAR             ;RJ ;18;M;64;8;16.11.2001;0,99;OUTRA;BR\r\n",
    HEADER
    + "".join(  # each state and an unknown one, so that another order of states is another digest
        f"33333333;200002;CIDADE EM {state} ;{state} ;30;F;500;250;7.05.2001;3;{place};{country}\r\n"
        for state, place, country in zip(
            PROBE_STATES,
            ("VILA LONGE", "vila  longe", "TERCEIRA CID", "222.333.4444", "3,33E+09", "S\u00e3o Porto", "X") * 4,
            ("BR", "us", "CL", "ZZZ", "", "GB", "P1") * 4,
            strict=True,
        )
    ),
)
PROBE_REFERENCE = (
    b'{"version": "probe", "holidays": ["2001-05-01", "2001-11-15"], '
    b'"cities": {"CIDADE UM": "SP", "OUTRA": "RJ", "VILA LONGE": "AC", "TERCEIRA CIDADE": "TO"}}'
)
