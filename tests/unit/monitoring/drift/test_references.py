"""The reference of a model version as an object."""

from labeler.monitoring.drift.references import find_reference, reference_bytes, write_reference
from tests.unit.monitoring.example_samples import weighted_sample


class MemoryBucket:
    """The few calls of a bucket that a reference needs."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}

    def find(self, key: str) -> bytes | None:
        return self.objects.get(key)

    def put(self, key: str, body: bytes, _: str) -> None:
        self.objects[key] = body

    def put_once(self, key: str, body: bytes, _: str) -> bool:
        return self.objects.setdefault(key, body) is body


def test_a_reference_is_written_once_and_read_back_with_its_origin() -> None:
    bucket = MemoryBucket()
    body = reference_bytes(weighted_sample([1.0, 2.0, 3.0]), origin="run r", rows=3, reject_share=0.25)
    assert write_reference(bucket, "a" * 64, body)  # type: ignore[arg-type]
    assert not write_reference(bucket, "a" * 64, body + b"x")  # type: ignore[arg-type]
    reference = find_reference(bucket, "a" * 64)  # type: ignore[arg-type]
    assert reference is not None
    assert (reference.note.origin, reference.note.reject_share, reference.sample.rows) == ("run r", 0.25, 3)
    assert reference.sample.feature_names == ("number",)
    assert find_reference(bucket, "b" * 64) is None  # type: ignore[arg-type]
