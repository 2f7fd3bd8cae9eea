"""Properties of reading whatever the bytes are: nothing is lost, and no file reaches into another."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from labeler.task import RawFile
from labeler.transactions.statements import read_statements
from tests.unit.transactions.statement_files import body, line

hostile = st.one_of(
    st.binary(max_size=60),
    st.lists(
        st.sampled_from(
            [
                line(),
                line(valor="x"),
                "",
                "a;b",
                '"',
                line(cidade='"'),
                line(cidade='"a;b"'),
                line() + "\r",
                line() + ";",
                "\r",
            ]
        ),
        max_size=8,
    ).map(lambda lines: body(*lines)),
    st.lists(st.sampled_from([line(), ";", '"', "\n", "\r", "\x00", "x"]), max_size=8).map(
        lambda parts: body() + "".join(parts).encode("mac_roman")
    ),
)


@given(st.lists(hostile, max_size=5), st.integers(0, 5))
@settings(deadline=None)
def test_a_file_reads_the_same_alone_and_with_any_other_files(bodies: list[bytes], position: int) -> None:
    """Read together or alone, a file gives the same rows and rejects, whatever its neighbours hold."""
    bodies.insert(min(position, len(bodies)), body(line(valor="1"), line(valor="2")))
    together = read_statements([RawFile(str(i), raw) for i, raw in enumerate(bodies)])
    for index, raw in enumerate(bodies):
        alone = read_statements([RawFile(str(index), raw)])
        is_own = together.file_index == index
        assert together.row_number[is_own].tolist() == alone.row_number.tolist()
        np.testing.assert_array_equal(together.table.amount[is_own], alone.table.amount)
        assert [r[1:] for r in together.rejects if r.file == index] == [r[1:] for r in alone.rejects]


@given(st.lists(hostile, max_size=6))
@settings(deadline=None)
def test_every_row_is_read_or_rejected_exactly_once(bodies: list[bytes]) -> None:
    reading = read_statements([RawFile(str(i), raw) for i, raw in enumerate(bodies)])
    records = [(int(f), int(n)) for f, n in zip(reading.file_index, reading.row_number, strict=True)]
    records += [(r.file, r.row_number) for r in reading.rejects if r.row_number is not None]
    assert len(records) == len(set(records))
    for index in range(len(bodies)):
        numbers = sorted(number for file_index, number in records if file_index == index)
        refused = [r for r in reading.rejects if r.file == index and r.row_number is None]
        assert numbers == list(range(1, len(numbers) + 1))
        assert len(refused) == (0 if numbers else 1), "a file leaves rows, or one reject for all of it"
