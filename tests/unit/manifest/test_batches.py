from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from labeler.manifest.dispatch import BATCH_MESSAGES, batches
from labeler.messages import ModelPin, Pins, ReferencePin, WorkUnit

LIMIT = 4_000


def unit(unit_id: int, padding: int) -> WorkUnit:
    return WorkUnit(
        run_id="daily-2026-11-23",
        run_date=date(2026, 11, 23),
        unit_id=unit_id,
        slice_key="s" * padding,
        slice_sha256="a" * 64,
        files=1,
        size_bytes=1,
        task="module:task",
        pins=Pins(
            model=ModelPin(name="São", version="1", key="k", sha256="b" * 64, features_digest="f"),
            reference=ReferencePin(key="k", sha256="c" * 64, version="1"),
        ),
    )


@given(st.lists(st.integers(0, 2_000), max_size=40))
def test_batches_hold_every_unit_in_order_within_both_limits(paddings: list[int]) -> None:
    units = [unit(number, padding) for number, padding in enumerate(paddings, start=1)]

    sent = list(batches(units, max_bytes=LIMIT))

    assert [WorkUnit.parse(body, source="a batch") for batch in sent for body in batch.values()] == units
    for batch in sent:
        assert 1 <= len(batch) <= BATCH_MESSAGES
        assert sum(len(body.encode()) for body in batch.values()) <= LIMIT


@given(st.integers(0, 60))
def test_batches_are_full_when_messages_are_small(count: int) -> None:
    assert len(list(batches(unit(number + 1, 1) for number in range(count)))) == -(-count // BATCH_MESSAGES)
