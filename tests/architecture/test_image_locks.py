"""Locks pin by hash, and an image's lock holds what the image is made of."""

import re
import tomllib
from pathlib import Path

import pytest

from tests.architecture.images import IMAGES
from tests.architecture.source import ROOT, name

MAIN_LOCK = ROOT / "requirements.lock"
BUILD_LOCK = ROOT / "containers/build.lock"
LOCKS = (MAIN_LOCK, BUILD_LOCK, ROOT / "dags/requirements.lock", *(image / "requirements.lock" for image in IMAGES))
PIN = re.compile(r"^([a-z0-9-]+)==([^ ;\\]+)", re.MULTILINE)

# What each image installs of pyproject.toml, besides the core; and what it must not carry.
EXTRAS = {
    "mlflow": ({"registry"}, {"moto", "pytest", "dvc"}),
    "monitoring": ({"monitoring", "task"}, {"moto", "mlflow", "pytest"}),
    "trainer": ({"experiments", "worker", "task", "proposals", "versioning"}, {"moto", "pytest", "psycopg2-binary"}),
    "worker": ({"task", "worker"}, {"moto", "mlflow", "pytest"}),
}

image_by_name = pytest.mark.parametrize("image", IMAGES, ids=lambda image: image.name)


def test_extras_cover_every_image() -> None:
    assert set(EXTRAS) == {image.name for image in IMAGES}


def pins(lock: Path) -> set[tuple[str, str]]:
    """A name may have several versions, for several Pythons."""
    return set(PIN.findall(lock.read_text(encoding="utf-8")))


@pytest.mark.parametrize("lock", LOCKS, ids=name)
def test_locks_pin_by_hash_and_name_no_index(lock: Path) -> None:
    text = lock.read_text(encoding="utf-8")
    pinned = [line for line in text.splitlines() if re.match(r"[a-z0-9-]+==", line)]
    assert pinned
    assert all(line.endswith("\\") for line in pinned), "a pin has no hash"
    assert "://" not in text, "it names a place"


@image_by_name
def test_images_install_only_versions_of_the_main_lock(image: Path) -> None:
    """And with which models are trained."""
    assert pins(image / "requirements.lock") - pins(MAIN_LOCK) == set()


@image_by_name
def test_an_image_s_lock_holds_its_extras_and_nothing_unwanted(image: Path) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras, forbidden = EXTRAS[image.name]
    requirements = [
        *project["dependencies"],
        *(one for extra in extras for one in project["optional-dependencies"][extra]),
    ]
    names = {re.sub(r"[-_.]+", "-", re.split(r"[\[<>=!~ ]", one)[0].lower()) for one in requirements} - {"labeler"}
    locked = {name for name, _ in pins(image / "requirements.lock")}
    assert names - locked == set()
    assert locked & forbidden == set()
