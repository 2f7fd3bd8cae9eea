"""Columns of codes: whole numbers that follow from a value alone, however it is written and whatever else is read."""

import re
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labeler.task import RawFile
from labeler.transactions import task
from labeler.transactions.codes import OTHER_COUNTRY, country_code, place_code, state_code
from labeler.transactions.contract import CODE_BUCKETS, CODES
from labeler.transactions.digest import features_digest
from labeler.transactions.reference import STATES
from tests.unit.transactions.statement_files import body, file, line

REFERENCE = task.parse_reference(task.default_reference())
HIGHEST = {
    "place_code": CODE_BUCKETS - 1,
    "home_city_code": CODE_BUCKETS - 1,
    "home_state_code": len(STATES),
    "place_state_code": len(STATES),
    "country_code": OTHER_COUNTRY,
}
PLACES = ("SAO PAULO", "Sao Paulo", "SAOPAULO", "CURITIBA", "415-555-0100", "4,16E+09", "São José", "x.com", "?", "")


def codes_of(*files: RawFile) -> np.ndarray:
    """(n, len(CODES))"""
    matrix = task.features(task.read(files).table, REFERENCE)
    return matrix[:, [task.feature_names.index(name) for name in CODES]]


def codes_of_row(**changes: str) -> dict[str, float]:
    return dict(zip(CODES, codes_of(file(line(**changes)))[0].tolist(), strict=True))


row = st.builds(
    line,
    cidade=st.sampled_from(["VILA NOVA             ", "SAO PAULO             ", "RIO DE JANEIRO        ", ""]),
    estado=st.sampled_from(["SP ", "RJ ", "XX ", ""]),
    cidade_estabelecimento=st.sampled_from(PLACES),
    pais_estabelecimento=st.sampled_from(["BR", "US", "PE", "1", "BRA", ""]),
)
rows = st.lists(row, min_size=1, max_size=8)


@given(rows, rows, st.randoms(use_true_random=False))
@settings(deadline=None)
def test_codes_of_a_row_do_not_depend_on_the_other_rows_read(
    these: list[str], others: list[str], random: Random
) -> None:
    alone = dict(zip(these, codes_of(RawFile("a", body(*these))).tolist(), strict=True))
    mixed = [*these, *others]
    random.shuffle(mixed)
    for text, codes in zip(mixed, codes_of(RawFile("b", body(*mixed))).tolist(), strict=True):
        assert codes == alone.get(text, codes)


@given(rows)
@settings(deadline=None)
def test_codes_are_whole_numbers_in_their_range(these: list[str]) -> None:
    codes = codes_of(RawFile("a", body(*these)))
    assert (codes == np.floor(codes)).all()
    assert (codes >= 0).all()
    assert (codes <= [HIGHEST[name] for name in CODES]).all()


def test_codes_of_known_values_never_change() -> None:
    """A model may be trained on them: another number needs another model."""
    assert codes_of_row(
        cidade="SAO PAULO", estado="SP", cidade_estabelecimento="RIO DE JANEIR", pais_estabelecimento="BR"
    ) == {"place_code": 11, "home_city_code": 542, "home_state_code": 26, "place_state_code": 19, "country_code": 44}


def test_codes_ignore_case_accents_and_padding() -> None:
    one = codes_of_row(
        cidade="SAO PAULO", estado="SP", cidade_estabelecimento="RIO DE JANEIR", pais_estabelecimento="BR"
    )
    other = codes_of_row(
        cidade="São Paulo             ",
        estado="sp ",
        cidade_estabelecimento="Rio  de Janeir ",
        pais_estabelecimento="br ",
    )
    assert one == other
    assert 0 not in one.values()


def test_merchant_in_the_home_city_has_the_code_of_the_home_city() -> None:
    codes = codes_of_row(cidade="CAMPO LIMPO PAULISTA  ", cidade_estabelecimento="CAMPO LIMPO P")
    assert codes["place_code"] == codes["home_city_code"]


@pytest.mark.parametrize("written", ["415-555-0100", "415.555.0100", "415 555 0100", "(415)555-0100", "4155550100"])
def test_place_code_of_a_telephone_number_ignores_its_punctuation(written: str) -> None:
    assert place_code(written) == place_code("415-555-0100") != place_code("415-555-0101")


def test_place_code_keeps_punctuation_of_what_is_no_telephone_number() -> None:
    assert len({place_code(text) for text in ("4,16E+09", "41609", "24-7", "247", "24.7")}) == 5


def test_place_code_differs_with_and_without_blanks() -> None:
    """With and without blanks: their rows are of other categories."""
    assert place_code("SAO PAULO") != place_code("SAOPAULO")


def test_empty_and_unknown_values_have_code_0() -> None:
    assert (place_code(""), state_code(""), state_code("XX"), country_code("")) == (0, 0, 0, 0)
    assert codes_of_row(cidade_estabelecimento="NOWHERE")["place_state_code"] == 0


def test_states_and_countries_of_two_letters_never_share_a_code() -> None:
    letters = [chr(ord("A") + number) for number in range(26)]
    countries = [country_code(first + second) for first in letters for second in letters]
    assert countries == list(range(1, OTHER_COUNTRY))
    assert [state_code(state) for state in STATES] == list(range(1, 28))
    assert {country_code(odd) for odd in ("BRA", "1", "B", "É1")} == {OTHER_COUNTRY}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("STATE_CODES", dict(zip(STATES, [1, 2, 3, 5, 4, *range(6, 28)], strict=True))),
        ("CODE_BUCKETS", CODE_BUCKETS - 1),
        ("OTHER_COUNTRY", OTHER_COUNTRY + 1),
        ("PLACE_WIDTH", 12),
        ("PHONE", re.compile("never")),
    ],
)
def test_digest_changes_when_codes_change(name: str, value: object, monkeypatch: pytest.MonkeyPatch) -> None:
    before = features_digest.__wrapped__()
    monkeypatch.setattr(f"labeler.transactions.codes.{name}", value)
    assert features_digest.__wrapped__() != before


def test_feature_groups_are_disjoint_and_name_columns_of_the_task() -> None:
    grouped = [name for columns in task.feature_groups.values() for name in columns]
    assert len(set(grouped)) == len(grouped)
    assert set(grouped) <= set(task.feature_names)
    assert task.feature_groups["codes"] == CODES
    assert all(task.feature_groups.values())
