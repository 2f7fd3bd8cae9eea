"""A rerun is safe: same date, same inputs, same model give the same bytes, whatever the order and the threads."""

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from labeler.run_index import FileEntry
from labeler_local.emulator.functions import MANIFEST
from labeler_local.emulator.stack import local_stack
from labeler_local.synthetic import REJECTABLE, generate
from tests.conftest import TEST_OPTIONS
from tests.integration.worker.harness import DAY, Harness, Statements

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
        Harness(stack, champion).work(fetch_threads=fetch_threads)
        return {key: hashlib.sha256(stack.labels.get(key)).hexdigest() for key, _ in stack.labels.sizes("")}


def test_rerun_of_a_day_writes_the_same_bytes(tmp_path: Path, champion: "TrainedChampion") -> None:
    files = dict(generate(accounts=40, seed=5, with_labels=False, corruption=REJECTABLE))
    in_other_order = dict(sorted(files.items(), reverse=True))

    first = labeled(tmp_path / "first", champion, files, fetch_threads=1)
    second = labeled(tmp_path / "second", champion, in_other_order, fetch_threads=7)

    assert first == second
    prefixes = {key.partition("/")[0] for key in first}
    assert prefixes == {"labels", "quarantine"}
    assert len(first) > 4


def test_labels_of_a_file_do_not_depend_on_the_other_files_of_its_unit(
    harness: Harness, statements: Statements
) -> None:
    """Which files share a unit is the manifest's business: it must not show in the labels."""
    name = next(iter(statements))
    together, alone = harness.unit(statements, 1), harness.unit({name: statements[name]}, 2)
    harness.send(together, alone)

    both = sorted(harness.work(), key=lambda receipt: receipt.unit_id)

    key = FileEntry(f"landing/{DAY}/{name}", "", 0).key
    first, second = ([row for row in harness.rows(receipt.labels) if row["file_key"] == key] for receipt in both)
    assert first == second
    assert first
