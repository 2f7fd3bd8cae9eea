"""Synthetic statements: byte for byte the real format, the real marginals, and no real row."""

from labeler_local.synthetic.corruption import LIKE_REAL, REJECTABLE, BadRow, Corruption, FileDamage, Truth
from labeler_local.synthetic.files import (
    LAST_DAY,
    Statement,
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
    "Statement",
    "Truth",
    "Written",
    "generate",
    "generate_with_ground_truth",
    "write_statements",
]
