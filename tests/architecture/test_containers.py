"""The images as far as they can be judged without building them."""

import os
import re
import tomllib
from pathlib import Path

import pytest

from tests.architecture.source import ROOT, name

MAIN_LOCK = ROOT / "requirements.lock"
BUILD_LOCK = ROOT / "containers/build.lock"
IMAGES = sorted(path.parent for path in ROOT.glob("containers/*/Dockerfile"))
LOCKS = (MAIN_LOCK, BUILD_LOCK, ROOT / "dags/requirements.lock", *(image / "requirements.lock" for image in IMAGES))
PIN = re.compile(r"^([a-z0-9-]+)==([^ ;\\]+)", re.MULTILINE)

ENTRY_POINTS = {
    "mlflow": '["serve"]',
    "monitoring": '["labeler", "monitor", "up"]',
    "trainer": '["labeler"]',
    "worker": '["labeler", "worker"]',
}
# What each image installs of pyproject.toml, besides the core; and what it must not carry.
EXTRAS = {
    "mlflow": ({"registry"}, {"moto", "pytest", "dvc"}),
    "monitoring": ({"monitoring", "task"}, {"moto", "mlflow", "pytest"}),
    "trainer": ({"experiments", "worker", "task", "proposals", "versioning"}, {"moto", "pytest", "psycopg2-binary"}),
    "worker": ({"task", "worker"}, {"moto", "mlflow", "pytest"}),
}
SOURCE_ONLY = {"antlr4-python3-runtime"}
"""What has no wheel, and is built from hashed source with hashed tools."""

image_by_name = pytest.mark.parametrize("image", IMAGES, ids=lambda image: image.name)


def dockerfile(image: Path) -> str:
    return (image / "Dockerfile").read_text(encoding="utf-8")


def final_stage(image: Path) -> str:
    return dockerfile(image).rpartition("\nFROM ")[2]


def pins(lock: Path) -> set[tuple[str, str]]:
    """A name may have several versions, for several Pythons."""
    return set(PIN.findall(lock.read_text(encoding="utf-8")))


def test_entry_points_and_extras_cover_every_image() -> None:
    assert set(ENTRY_POINTS) == set(EXTRAS) == {image.name for image in IMAGES}


def test_contributing_lists_every_image() -> None:
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").partition("\n## The images\n")[2]
    assert sorted(re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE)) == [image.name for image in IMAGES]


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


@image_by_name
def test_images_install_only_hashed_wheels(image: Path) -> None:
    """A source's build would fetch its tools unseen; our own package's build fetches nothing."""
    commands = re.findall(r"[^&\n]*\bpip install [^&\n]*", dockerfile(image).replace("\\\n", " "))
    assert commands
    for command in commands:
        assert "PYTHONPATH" not in command or "--no-deps" in command, "pip takes what is on that path for installed"
        if "--no-index" in command:
            assert "--no-build-isolation" in command
            continue
        assert {"--require-hashes", "--only-binary :all:"} <= {*re.findall(r"--only-binary :all:|--[\w-]+", command)}
        exceptions = set(re.findall(r"--no-binary (\S+)", command))
        assert exceptions <= SOURCE_ONLY
        assert not exceptions or "--no-build-isolation" in command


@image_by_name
def test_an_image_runs_one_entry_point_without_a_shell_as_an_unprivileged_user(image: Path) -> None:
    final = final_stage(image)
    assert f"ENTRYPOINT {ENTRY_POINTS[image.name]}\n" in final
    assert re.search(r"^USER [1-9]\d*:\d+$", final, re.MULTILINE)
    assert not re.search(r"^CMD ", dockerfile(image), re.MULTILINE)
    assert "TMPDIR=/tmp" in final
    assert final.index("\nUSER ") > max(final.rfind("\nRUN "), final.rfind("\nCOPY "))


@image_by_name
def test_every_base_image_has_a_tag(image: Path) -> None:
    bases = re.findall(r"^FROM (\S+)", dockerfile(image), re.MULTILINE)
    assert len(bases) == 2
    assert all(re.fullmatch(r"python:3\.\d+-slim-\w+", base) for base in bases)


@image_by_name
def test_files_that_an_image_copies_exist_and_are_not_in_dockerignore(image: Path) -> None:
    included = [
        line.removeprefix("!") for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")
    ]
    copied = [
        source
        for sources in re.findall(r"^COPY (?:--chmod=\d+ )?(?!--)(.+) \S+$", dockerfile(image), re.MULTILINE)
        for source in sources.split()
    ]
    assert f"containers/{image.name}/requirements.lock" in copied
    for source in copied:
        assert (ROOT / source).exists(), source
        assert any((ROOT / source) in ROOT.glob(pattern) for pattern in included), source


@image_by_name
def test_every_image_disables_mlflow_telemetry(image: Path) -> None:
    assert "MLFLOW_DISABLE_TELEMETRY=true" in final_stage(image)


def test_scripts_of_images_are_executable() -> None:
    scripts = [path for image in IMAGES for path in image.iterdir() if path.read_text().startswith("#!")]
    assert [path.name for path in scripts] == ["serve"]
    assert all(os.access(path, os.X_OK) for path in scripts)


def test_the_trainer_image_carries_the_commit_it_is_built_from() -> None:
    assert "\nARG LABELER_COMMIT=\nENV LABELER_COMMIT=$LABELER_COMMIT\n" in final_stage(ROOT / "containers/trainer")
    assert '--build-arg "LABELER_COMMIT=$commit"' in (ROOT / ".github/delivery/build-images").read_text(
        encoding="utf-8"
    )
