"""Synthetic statements: byte for byte the real format, the real marginals, and no real row."""

from labeler.transactions.synthetic.dirt import LIKE_REAL, REJECTABLE, BadRow, Dirt, FileDamage, Truth
from labeler.transactions.synthetic.files import (
    LAST_DAY,
    Statement,
    Written,
    generate,
    generate_with_truth,
    write_statements,
)

__all__ = [
    "LAST_DAY",
    "LIKE_REAL",
    "REJECTABLE",
    "BadRow",
    "Dirt",
    "FileDamage",
    "Statement",
    "Truth",
    "Written",
    "generate",
    "generate_with_truth",
    "write_statements",
]
