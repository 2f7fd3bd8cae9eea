"""The matrix: its contract, and that a row's values depend on its own account alone."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labeler.task import RawFile
from labeler.transactions import task
from labeler.transactions.contract import FEATURE_NAMES
from labeler.transactions.digest import features_digest
from labeler.transactions.features import features
from labeler.transactions.statements import read_statements
from tests.unit.transactions.statement_files import body, file, line

REFERENCE = task.parse_reference(
    b'{"version": "t", "holidays": ["2019-12-25"], "cities": {"VILA NOVA": "SP", "LONGE": "RJ"}}'
)


def matrix_of(*files: RawFile) -> np.ndarray:
    return features(read_statements(files).table, REFERENCE)


def column(matrix: np.ndarray, name: str) -> list[float]:
    return matrix[:, FEATURE_NAMES.index(name)].tolist()


def test_matrix_has_one_float32_column_per_feature_and_is_finite() -> None:
    matrix = matrix_of(file(line(), line(valor=" -   ", limite_total="0", limite_disp="-5", cidade_estabelecimento="")))
    assert matrix.shape == (2, len(FEATURE_NAMES))
    assert matrix.dtype == np.float32
    assert matrix.flags.c_contiguous
    assert np.isfinite(matrix).all()


def test_matrix_of_no_rows_is_empty() -> None:
    assert matrix_of(RawFile("a", b"")).shape == (0, len(FEATURE_NAMES))


def test_row_and_calendar_features_have_the_expected_values() -> None:
    matrix = matrix_of(file(line(data="21.12.2019", valor="19,90"), line(data="25.12.2019", valor=" -   ")))
    assert column(matrix, "amount_cents") == [90.0, 0.0]
    assert column(matrix, "amount_missing") == [0.0, 1.0]
    assert column(matrix, "weekday") == [5.0, 2.0]
    assert column(matrix, "is_weekend") == [1.0, 0.0]
    assert column(matrix, "is_holiday") == [0.0, 1.0]
    assert column(matrix, "days_to_holiday") == [4.0, 0.0]
    assert column(matrix, "months_open") == [67.0, 67.0]


def test_place_features_use_the_states_of_the_reference_data() -> None:
    matrix = matrix_of(
        file(
            line(cidade_estabelecimento="VILA NOVA"),
            line(cidade_estabelecimento="LONGE"),
            line(cidade_estabelecimento="415-555-0100", pais_estabelecimento="US"),
        )
    )
    assert column(matrix, "place_is_home") == [1.0, 0.0, 0.0]
    assert column(matrix, "place_in_home_state") == [1.0, 0.0, 0.0]
    assert column(matrix, "place_state_known") == [1.0, 1.0, 0.0]
    assert column(matrix, "is_abroad") == [0.0, 0.0, 1.0]


def test_accounts_of_one_file_are_counted_apart() -> None:
    """Two accounts in one file, interleaved, count apart."""
    rows = [line(valor="10"), line(id="9", valor="10"), line(valor="30"), line(id="9", valor="10")]
    matrix = matrix_of(file(*rows), file(line(valor="10")))
    assert column(matrix, "account_rows") == [2.0, 2.0, 2.0, 2.0, 1.0]
    assert column(matrix, "log_amount_rows") == pytest.approx([0, np.log(2), 0, np.log(2), 0], abs=1e-6)
    assert column(matrix, "account_log_amount_std")[1] == pytest.approx(0, abs=1e-6)


row = st.builds(
    line,
    id=st.sampled_from(["1", "2"]),
    valor=st.sampled_from(["10", "0,99", " -   ", "1.024"]),
    cidade_estabelecimento=st.sampled_from(["VILA NOVA", "LONGE", "www.x.com", ""]),
    data=st.sampled_from(["1.01.2020", "2.01.2020"]),
    pais_estabelecimento=st.sampled_from(["BR", "", "US"]),
)
statement = st.lists(row, min_size=1, max_size=6).map(lambda rows: body(*rows))


@given(st.lists(statement, min_size=1, max_size=5))
@settings(deadline=None)
def test_features_of_a_row_depend_on_its_own_file_alone(bodies: list[bytes]) -> None:
    files = [RawFile(str(i), raw) for i, raw in enumerate(bodies)]
    together = matrix_of(*files)
    alone = np.concatenate([matrix_of(one) for one in files])
    np.testing.assert_allclose(together, alone, rtol=1e-6, atol=1e-6)


def test_digest_is_stable_and_changes_when_features_change(monkeypatch: pytest.MonkeyPatch) -> None:
    before = features_digest.__wrapped__()
    assert features_digest.__wrapped__() == before == task.features_digest()
    monkeypatch.setattr("labeler.transactions.features.HOLIDAY_HORIZON_DAYS", 16)
    assert features_digest.__wrapped__() != before
