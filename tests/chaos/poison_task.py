"""The real task with a bug: its code raises on a file that holds MARKER. Worker processes load it by its address."""

from collections.abc import Sequence

from labeler.task import RawFile, Reading
from labeler.transactions import TransactionsTask

MARKER = b"POISON"
ADDRESS = "tests.chaos.poison_task:task"


class PoisonTask(TransactionsTask):
    def read(self, files: Sequence[RawFile], *, with_labels: bool = False) -> Reading:
        if any(MARKER in file.body for file in files):
            raise ZeroDivisionError
        return super().read(files, with_labels=with_labels)


task = PoisonTask()
