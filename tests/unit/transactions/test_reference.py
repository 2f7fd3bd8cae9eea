"""ReferenceData data: holidays and states of cities, refused with the name of the part that is wrong."""

import json
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from dateutil.easter import easter

from labeler.errors import InputInvalidError
from labeler.transactions.reference import ReferenceData, default_reference, parse_reference
from labeler_local.synthetic.marginals import HOME_CITIES, OTHER_PLACES


@pytest.fixture(scope="module")
def reference() -> ReferenceData:
    return parse_reference(default_reference())


def changed(**parts: Any) -> bytes:
    good = {"version": "1", "holidays": ["2020-01-01"], "cities": {"SAO PAULO": "SP"}}
    return json.dumps({**good, **parts}).encode()


def test_holidays_are_sorted_days_of_2015_to_2032(reference: ReferenceData) -> None:
    holidays = reference.holidays
    assert holidays.dtype == np.dtype("datetime64[D]")
    assert (np.diff(holidays) > np.timedelta64(0, "D")).all()
    per_year = np.bincount(holidays.astype("datetime64[Y]").astype(int) + 1970)[2015:]
    # Consciência Negra is a national holiday since 2024
    assert per_year.tolist() == [12] * 9 + [13] * 9


@pytest.mark.parametrize("year", range(2015, 2033))
def test_moving_holidays_follow_easter(reference: ReferenceData, year: int) -> None:
    moving = np.datetime64(easter(year)) + np.array([-48, -47, -2, 60]).astype("timedelta64[D]")
    assert np.isin(moving, reference.holidays).all()


def test_all_states_and_their_capitals_are_known(reference: ReferenceData) -> None:
    assert len(set(reference.cities.values())) == 27
    assert len(reference.cities) >= 300
    for capital, state in (("MANAUS", "AM"), ("PALMAS", "TO"), ("BRASILIA", "DF"), ("CUIABA", "MT"), ("BELEM", "PA")):
        assert reference.state_of(capital) == state


def test_most_places_of_synthetic_statements_are_known(reference: ReferenceData) -> None:
    homes = {name: state for name, state, _ in HOME_CITIES if name != "S BERNARDO CAMPO"}
    assert {name: reference.state_of(name) for name in homes} == homes
    known = [name for name, _ in OTHER_PLACES if reference.state_of(name)]
    assert len(known) >= len(OTHER_PLACES) - 1


@pytest.mark.parametrize(
    ("place", "state"),
    [
        ("SAO PAULO", "SP"),
        ("Sao Paulo", "SP"),
        ("São Paulo ", "SP"),
        ("SAOPAULO", "SP"),
        ("RIO DE JANEIR", "RJ"),
        ("RiodeJaneiro", "RJ"),
        ("CAMPO LIMPO P", "SP"),
        ("SAO JOSE DO R", "SP"),
        ("SAO JOSE DOS CAMPOS", "SP"),
        ("SAO JOSE DOS PINHAIS", "PR"),
        ("SAOJOSEDOSPIN", "PR"),
    ],
)
def test_state_of_a_place_is_known_in_any_spelling(reference: ReferenceData, place: str, state: str) -> None:
    assert reference.state_of(place) == state


@pytest.mark.parametrize("place", ["", "415-555-0118", "www.loja.com", "NOWHERE", "SAO JOSE DOS", "SAO JOSE DOS "])
def test_an_unknown_or_ambiguous_place_has_no_state(reference: ReferenceData, place: str) -> None:
    assert reference.state_of(place) is None


def test_full_city_name_is_not_confused_with_a_longer_one_cut_to_the_same_length() -> None:
    cities = {"VILA NOVA DO S": "RS", "VILA NOVA DO SUL": "SC", "VILA": "BA"}
    reference = parse_reference(changed(cities=cities))
    assert reference.state_of("VILA NOVA DO") is None
    assert reference.state_of("VILA NOVA DO SUL") == "SC"
    assert reference.state_of("VILA") == "BA"


@pytest.mark.parametrize(
    ("body", "part"),
    [
        (b"", "the file"),
        (b"\xff\xfe{}", "the file"),
        (b"[1]", "the file"),
        (changed(version=""), "version"),
        (changed(version=None), "version"),
        (changed(holidays=[]), "holidays"),
        (changed(holidays=["2020-01-01", "2020-02-31"]), "holidays.1"),
        (changed(cities={}), "cities"),
        (changed(cities={"SAO PAULO": "XX"}), "cities.SAO PAULO"),
        (changed(cities={"São Paulo": "SP"}), "cities.São Paulo"),
        (changed(states={}), "states"),
    ],
)
def test_invalid_reference_data_is_refused_naming_the_invalid_part(body: bytes, part: str) -> None:
    with pytest.raises(InputInvalidError) as caught:
        parse_reference(body)
    assert f"reference data: {part}: " in caught.value.message
    assert caught.value.hint


def test_holidays_are_accepted_unsorted_and_repeated() -> None:
    reference = parse_reference(changed(holidays=["2021-01-01", "2020-01-01", "2021-01-01"]))
    assert reference.holidays.tolist() == np.array(["2020-01-01", "2021-01-01"], "datetime64[D]").tolist()


def test_default_reference_data_loads_without_numpy() -> None:
    """The manifest Lambda stages it and has no numpy."""
    code = (
        "import sys; from labeler.transactions import task; assert task.default_reference()[:1] == b'{';"
        "sys.exit('numpy' in sys.modules or 'pyarrow' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=60).returncode == 0
