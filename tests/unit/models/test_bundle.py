"""A model as bytes: packed the same every time, proven before it is opened, and never run to be loaded."""

import hashlib
import os
import pickle
from pathlib import Path

import pytest

from labeler.errors import ContractMismatchError, DigestMismatchError, PermanentError
from labeler.messages import ModelPin
from labeler.models.bundle import load, pack, verify

DIGEST = "f" * 64


def pinned(body: bytes, **changed: str) -> ModelPin:
    sha256 = hashlib.sha256(body).hexdigest()
    pin = ModelPin(name="cards", version="3", key="models/a.tar", sha256=sha256, features_digest=DIGEST)
    return pin.model_copy(update=changed)


def model_directory(directory: Path, flavor: dict[str, object]) -> Path:
    """MLflow's directory as far as it is looked at before the model itself is opened."""
    from mlflow.models import Model

    directory.mkdir()
    Model(flavors={"sklearn": flavor}).save(str(directory / "MLmodel"))
    return directory


def test_pack_gives_the_same_bytes_whatever_the_order_times_and_modes_of_the_files(tmp_path: Path) -> None:
    files = {"MLmodel": b"flavors", "code/a.py": b"a", "model.skops": b"\0" * 5000}
    for name, order, mode in (("first", list(files), 0o600), ("second", list(files)[::-1], 0o755)):
        for file in order:
            path = tmp_path / name / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(files[file])
            path.chmod(mode)
    os.utime(tmp_path / "second" / "MLmodel", (0, 0))

    assert pack(tmp_path / "first") == pack(tmp_path / "second")


def test_pack_gives_other_bytes_for_other_file_names(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"1")
    before = pack(tmp_path)
    (tmp_path / "a").rename(tmp_path / "b")

    assert pack(tmp_path) != before


def test_verify_refuses_bytes_with_another_digest_and_names_both_digests() -> None:
    pinned_sha256, sha256 = "0" * 64, hashlib.sha256(b"x").hexdigest()

    with pytest.raises(DigestMismatchError) as refused:
        verify(b"x", pinned_sha256, what="reference data 7")

    assert str(refused.value) == f"reference data 7 hashes to {sha256[:12]}, the run is pinned to {pinned_sha256[:12]}"
    assert verify(b"x", sha256, what="x") == b"x"


def test_load_refuses_a_changed_model_before_unpacking_it() -> None:
    with pytest.raises(DigestMismatchError, match="model cards version 3 hashes to"):
        load(b"no tar at all", pinned(b"something else"), features_digest=DIGEST)


def test_load_refuses_a_model_of_other_features_and_names_both_digests() -> None:
    body = b"never opened"

    with pytest.raises(ContractMismatchError) as refused:
        load(body, pinned(body, features_digest="1" * 64), features_digest="2" * 64)

    assert "111111111111" in str(refused.value)
    assert "222222222222" in str(refused.value)
    assert "train and promote a model with this code" in str(refused.value)


class Trap:
    """What an attacker's pickle does when it is opened."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return os.mkdir, (str(self.path),)


def test_load_refuses_a_pickled_model_without_unpickling_it(tmp_path: Path) -> None:
    trap = tmp_path / "sprung"
    flavor = {"serialization_format": "cloudpickle", "pickled_model": "model.pkl"}
    directory = model_directory(tmp_path / "model", flavor)
    (directory / "model.pkl").write_bytes(pickle.dumps(Trap(trap)))
    body = pack(directory)

    with pytest.raises(PermanentError, match="not in MLflow's skops format"):
        load(body, pinned(body), features_digest=DIGEST)

    assert not trap.exists()


def test_load_refuses_a_model_with_an_untrusted_type_and_names_the_type(tmp_path: Path) -> None:
    flavor = {"serialization_format": "skops", "skops_trusted_types": ["os.system", "sklearn.tree._tree.Tree"]}
    body = pack(model_directory(tmp_path / "model", flavor))

    with pytest.raises(PermanentError, match=r"does not: os\.system$"):
        load(body, pinned(body), features_digest=DIGEST)


def test_load_refuses_a_model_that_brings_its_own_code(tmp_path: Path) -> None:
    body = pack(model_directory(tmp_path / "model", {"serialization_format": "skops", "code": "code"}))

    with pytest.raises(PermanentError, match="code of its own"):
        load(body, pinned(body), features_digest=DIGEST)


def test_load_refuses_a_model_that_is_not_scikit_learn(tmp_path: Path) -> None:
    from mlflow.models import Model

    (tmp_path / "model").mkdir()
    Model(flavors={"onnx": {}}).save(str(tmp_path / "model" / "MLmodel"))
    body = pack(tmp_path / "model")

    with pytest.raises(PermanentError, match="skops"):
        load(body, pinned(body), features_digest=DIGEST)
