"""The images as far as they can be checked without building them."""

import os
import re
from pathlib import Path

import pytest

from tests.architecture.images import IMAGES, copied, dockerfile, final_stage
from tests.architecture.reached import all_modules, reached_modules
from tests.architecture.source import ROOT

ENTRY_POINTS = {
    "mlflow": '["serve"]',
    "monitoring": '["labeler", "monitor", "up"]',
    "trainer": '["labeler"]',
    "worker": '["labeler", "worker"]',
}
COMMANDS = {
    "monitoring": ("labeler.cli.monitor.",),
    "trainer": ("labeler.cli.experiment.", "labeler.cli.model."),
    "worker": ("labeler.cli.worker.",),
}
"""What an image with labeler is for; a package stands for all of its modules."""
SOURCE_ONLY = {"antlr4-python3-runtime"}
"""What has no wheel, and is built from hashed source with hashed tools."""

image_by_name = pytest.mark.parametrize("image", IMAGES, ids=lambda image: image.name)


def test_entry_points_cover_every_image() -> None:
    assert set(ENTRY_POINTS) == {image.name for image in IMAGES}


def test_contributing_lists_every_image() -> None:
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").partition("\n## The images\n")[2]
    assert sorted(re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE)) == [image.name for image in IMAGES]


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
    let_in = {path for pattern in included for path in ROOT.glob(pattern)}
    assert f"containers/{image.name}/requirements.lock" in copied(image)
    for source in copied(image):
        paths = list(ROOT.glob(source))
        assert paths, source
        assert [path for path in paths if not let_in & {path, *path.parents}] == [], source


@pytest.mark.parametrize("name", COMMANDS)
def test_an_image_copies_exactly_the_packages_that_its_command_imports(name: str) -> None:
    commands = [module for module in all_modules() if f"{module}.".startswith(COMMANDS[name])]
    reached = {module.split(".")[1] for module in reached_modules({"labeler.cli.app", *commands}) if "." in module}
    packages = {f"src/labeler/{package}" for package in reached if (ROOT / "src/labeler" / package).is_dir()}
    sources = {source for source in copied(ROOT / "containers" / name) if source.startswith("src/")}
    assert sources - {"src/labeler/*.py", "src/labeler/py.typed"} == packages


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
