"""The names of the plots: their files are NAME.png."""

CONFUSION, COVERAGE, CALIBRATION, SPEED = "confusion", "coverage", "calibration", "speed"


def confusion_name(candidate: str) -> str:
    return f"{CONFUSION}_{candidate}"
