"""The worker's image as far as it can be judged without building it."""

import re
import tomllib

from tests.architecture.source import ROOT

MAIN_LOCK = ROOT / "requirements.lock"
WORKER_LOCK = ROOT / "containers/worker/requirements.lock"
LOCKS = (MAIN_LOCK, WORKER_LOCK, ROOT / "containers/build.lock")
DOCKERFILE = (ROOT / "containers/worker/Dockerfile").read_text(encoding="utf-8")
PIN = re.compile(r"^([a-z0-9-]+)==([^ ;\\]+)", re.MULTILINE)


def test_locks_pin_by_hash_and_name_no_index() -> None:
    for lock in LOCKS:
        text = lock.read_text(encoding="utf-8")
        pins = [line for line in text.splitlines() if re.match(r"[a-z0-9-]+==", line)]
        assert pins
        assert all(line.endswith("\\") for line in pins), f"{lock} has a pin without a hash"
        assert "://" not in text, f"{lock} names a place"


def test_workers_run_the_versions_that_models_are_trained_with() -> None:
    trained = set(PIN.findall(MAIN_LOCK.read_text()))
    assert set(PIN.findall(WORKER_LOCK.read_text())) - trained == set()


def test_the_worker_s_lock_holds_what_the_worker_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    asked = [*project["dependencies"], *extras["task"], *extras["worker"]]
    names = {re.split(r"[\[<>=!~ ]", one)[0] for one in asked} - {"labeler"}
    locked = {name for name, _ in PIN.findall(WORKER_LOCK.read_text())}
    assert names <= locked
    assert locked.isdisjoint({"moto", "mlflow", "pytest"})


def test_the_image_starts_the_worker_and_nothing_else() -> None:
    final = DOCKERFILE.rpartition("\nFROM ")[2]
    assert 'ENTRYPOINT ["labeler", "worker"]' in final
    assert re.search(r"^USER [1-9]\d*:\d+$", final, re.MULTILINE)
    assert not re.search(r"^CMD ", DOCKERFILE, re.MULTILINE)
    assert "TMPDIR=/tmp" in final


def test_every_base_has_a_tag() -> None:
    bases = re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)
    assert len(bases) == 2
    assert all(re.fullmatch(r"python:3\.\d+-slim-\w+", base) for base in bases)


def test_what_the_image_copies_exists_and_is_not_ignored() -> None:
    let_through = [
        line.removeprefix("!") for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")
    ]
    copied = [
        source
        for sources in re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE)
        for source in sources.split()
    ]
    assert len(copied) >= 7
    for source in copied:
        assert (ROOT / source).exists(), source
        assert any((ROOT / source) in ROOT.glob(pattern) for pattern in let_through), source
