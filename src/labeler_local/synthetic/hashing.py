"""Draws that depend on what they are for, not on their place in a stream: the same merchant, the same values."""

import numpy as np


def key_of(account: np.ndarray, batch_key: int, *parts: np.ndarray) -> np.ndarray:
    """uint64 (n,): what identifies a merchant or a limit, across batches and seeds."""
    key = account.astype(np.uint64) + np.uint64(batch_key & 0xFFFFFFFFFFFFFFFF)
    for part in parts:
        key = mix(key) + part.astype(np.uint64)
    return mix(key)


def mix(key: np.ndarray) -> np.ndarray:
    """SplitMix64 (Steele et al. 2014): every bit of the result depends on every bit of the key."""
    key = key + np.uint64(0x9E3779B97F4A7C15)
    key = (key ^ (key >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    key = (key ^ (key >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed: np.ndarray = key ^ (key >> np.uint64(31))
    return mixed


def uniform(key: np.ndarray, salt: int = 0) -> np.ndarray:
    """float64 in [0, 1): the same for the same key and salt."""
    mixed = mix(key ^ np.uint64(salt)) if salt else key
    return (mixed >> np.uint64(11)).astype(np.float64) * 2.0**-53


def normal(key: np.ndarray, salt: int) -> np.ndarray:
    """Standard normal by Box and Muller."""
    radius = np.sqrt(-2.0 * np.log1p(-uniform(key, salt)))
    return radius * np.cos(2.0 * np.pi * uniform(key, salt + 1))
