"""What the forecast needs of the normal distribution and of Student's t (pure): a numerical library is too large for the Lambda."""

import math

Z95 = 1.6448536269514722


def student_t95(degrees: int) -> float:
    """The 95 % quantile of Student's t: the expansion around the normal one (Abramowitz and Stegun 26.7.5).

    Within 1.5 % of the exact value from 2 degrees of freedom on.
    """
    z, v = Z95, degrees
    return (
        z
        + (z**3 + z) / (4 * v)
        + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * v**2)
        + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * v**3)
    )


def moments_of_longer(than: float, mean: float, deviation: float) -> tuple[float, float]:
    """First and second moment of a normal duration that is longer than `than`."""
    a = min((than - mean) / deviation, 6.0)
    hazard = _density(a) / max(_tail(a), 1e-12)
    first = mean + deviation * hazard
    return first, first**2 + deviation**2 * max(1 + a * hazard - hazard**2, 0.0)


def _density(z: float) -> float:
    return math.exp(-z * z / 2) / math.sqrt(2 * math.pi)


def _tail(z: float) -> float:
    return math.erfc(z / math.sqrt(2)) / 2


def normal_loss(k: float) -> float:
    """Expected excess of a standard normal value over `k`."""
    return _density(k) - k * _tail(k)
