"""Synthetic statements: byte for byte the real format, the real marginals, and no real row.

files.py       accounts and seed -> files, and their ground truth
batches.py     a batch of files: rows drawn together, cut into files and corrupted
corruption.py  what is wrong on purpose, and the ground truth about it
damage.py      corruption applied to rows and files
text.py        values -> the bytes of rows
rows.py        values of rows, a batch of accounts at a time
days.py        on which days accounts pay
merchants.py   whom accounts pay, where and how much
places.py      where merchants are, in every spelling
marginals.py   the measured distributions
hashing.py     draws that depend on what they are for
"""

from labeler_local.synthetic.batches import Statement
from labeler_local.synthetic.corruption import LIKE_REAL, REJECTABLE, BadRow, Corruption, FileDamage, GroundTruth
from labeler_local.synthetic.files import (
    LAST_DAY,
    Written,
    generate,
    generate_with_ground_truth,
    write_statements,
)

__all__ = [
    "LAST_DAY",
    "LIKE_REAL",
    "REJECTABLE",
    "BadRow",
    "Corruption",
    "FileDamage",
    "GroundTruth",
    "Statement",
    "Written",
    "generate",
    "generate_with_ground_truth",
    "write_statements",
]
