"""A rerun is safe: same date, same inputs, same model give the same bytes, on another day and in other hands."""

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from labeler.run_index import FileEntry
from labeler_local.emulator.functions import MANIFEST
from labeler_local.emulator.stack import local_stack
from labeler_local.synthetic import REJECTABLE, generate
from tests.conftest import TEST_OPTIONS
from tests.integration.worker.conftest import DAY, Line

if TYPE_CHECKING:
    from tests.champion import TrainedChampion


def labeled(
    directory: Path, champion: "TrainedChampion", files: dict[str, bytes], *, fetch_threads: int
) -> dict[str, str]:
    """Digests of everything that a whole day leaves for readers, by key."""
    options = {**TEST_OPTIONS, "is_dispatching": False, "registry_uri": champion.registry_uri}
    with local_stack(directory, **options) as stack:
        stack.put_files(files, DAY)
        stack.invoke(MANIFEST, {"run_date": DAY.isoformat()})
        Line(stack, champion).work(fetch_threads=fetch_threads)
        return {key: hashlib.sha256(stack.labels.get(key)).hexdigest() for key, _ in stack.labels.sizes("")}


def test_the_same_day_labeled_again_from_nothing_is_the_same_to_the_byte(
    tmp_path: Path, champion: "TrainedChampion"
) -> None:
    files = dict(generate(accounts=40, seed=5, with_labels=False, corruption=REJECTABLE))
    landed_otherwise = dict(sorted(files.items(), reverse=True))

    first = labeled(tmp_path / "first", champion, files, fetch_threads=1)
    second = labeled(tmp_path / "second", champion, landed_otherwise, fetch_threads=7)

    assert first == second
    kinds = {key.partition("/")[0] for key in first}
    assert kinds == {"labels", "quarantine"}
    assert len(first) > 4


def test_the_label_of_a_row_does_not_depend_on_its_neighbours(line: Line, statements: dict[str, bytes]) -> None:
    """Which files share a unit is the manifest's business: it must not show in the labels."""
    name = next(iter(statements))
    together, alone = line.unit(statements, 1), line.unit({name: statements[name]}, 2)
    line.send(together, alone)

    both = sorted(line.work(), key=lambda receipt: receipt.unit_id)

    key = FileEntry(f"landing/{DAY}/{name}", "", 0).key
    first, second = ([row for row in line.rows(receipt.labels) if row["file_key"] == key] for receipt in both)
    assert first == second
    assert first
