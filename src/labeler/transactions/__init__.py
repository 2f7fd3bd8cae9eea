"""The labeling task for card statements; no other package depends on their format.

`task` is what the pipeline loads. Importing this module is cheap: numpy and pyarrow come with the first reading.

categories.py  the values that a label can have
reasons.py     why a row is refused: reason codes
contract.py    the feature contract: names and groups, without numpy
digest.py      its digest: how the features behave
normalize.py   line ends and quotes of one file (pure)
headers.py     one file: its columns, or why all of it is refused (pure)
parsing.py     bytes of many files -> one table of raw text (pure)
values.py      one field's text -> its value, or why it has none (pure)
schema.py      the contract of a row, and why one is refused (pure)
screening.py   the same contract on whole columns (pure)
statements.py  many files -> one typed table and the rejects (pure)
table.py       that table (pure)
reference.py   holidays, and the states of cities
features.py    table and reference data -> one matrix (pure)
segments.py    sums per account, values per distinct value (pure)
accounts.py    features of a row's account (pure)
places.py      features of the merchant's place (pure)
codes.py       categories of a column as small whole numbers (pure)
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from labeler.task import RawFile, Reading
from labeler.transactions.categories import CATEGORIES
from labeler.transactions.contract import FEATURE_GROUPS, FEATURE_NAMES

if TYPE_CHECKING:
    import numpy as np

    from labeler.transactions.reference import ReferenceData
    from labeler.transactions.table import StatementTable


class TransactionsTask:
    """Spending categories for card transactions; see task.LabelingTask for what each member promises."""

    name = "transactions"
    identity_columns = ("account_id",)
    feature_names = FEATURE_NAMES
    feature_groups = FEATURE_GROUPS
    categories = CATEGORIES

    def read(self, files: Sequence[RawFile], *, with_labels: bool = False) -> Reading:
        from labeler.transactions.statements import read_statements

        return read_statements(files, with_labels=with_labels)

    def parse_reference(self, body: bytes) -> "ReferenceData":
        from labeler.transactions.reference import parse_reference

        return parse_reference(body)

    def default_reference(self) -> bytes:
        from labeler.transactions.reference import default_reference

        return default_reference()

    def features(self, table: "StatementTable", reference: "ReferenceData") -> "np.ndarray":
        from labeler.transactions.features import features

        return features(table, reference)

    def features_digest(self) -> str:
        from labeler.transactions.digest import features_digest

        return features_digest()


task = TransactionsTask()
