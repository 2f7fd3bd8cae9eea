"""A small matrix with two columns of codes and one of weekdays, and three categories."""

import numpy as np

NAMES = ("amount", "place", "weight", "shop", "weekday")
GROUPS = {"codes": ("place", "shop"), "calendar": ("weekday",)}
ROWS = 60
LABELS = np.array(["RED", "GREEN", "BLUE"])[np.random.default_rng(1).integers(0, 3, ROWS)]


def matrix(rows: int = ROWS, seed: int = 0) -> np.ndarray:
    """float32 (rows, 5); places 0 to 3, shops 10 to 12."""
    draw = np.random.default_rng(seed)
    columns = (draw.normal(5, 3, rows), draw.integers(0, 4, rows), draw.normal(0, 1, rows))
    return np.column_stack([*columns, draw.integers(10, 13, rows), draw.integers(0, 7, rows)]).astype(np.float32)
