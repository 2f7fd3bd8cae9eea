"""A digest of the feature contract: the columns' names, and the matrix of a fixed probe."""

import hashlib
from functools import cache

from labeler.task import RawFile
from labeler.transactions.contract import FEATURE_NAMES
from labeler.transactions.features import features
from labeler.transactions.reference import parse_reference
from labeler.transactions.statements import read_statements

SIGNIFICANT_DIGITS = 4
"""Coarser than what processors and math libraries differ in, finer than any change of meaning."""


@cache
def features_digest() -> str:
    """SHA-256 of the names and of the matrix that a fixed probe gives.

    It follows behaviour, not source text: a refactoring keeps it, a changed feature changes it.
    """
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
