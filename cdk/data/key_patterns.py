"""The keys of layout.py as patterns of IAM: what a process may read and write, by the names it uses itself."""

from labeler import layout

ANY = "*"

LANDED = f"{layout.LANDING}/{ANY}"
PINS = layout.pins_key(ANY)
INDEX = layout.index_key(ANY)
SLICES = f"{layout.RUNS}/{ANY}/slices/{ANY}"
RECEIPTS = f"{layout.receipts_prefix(ANY)}{ANY}"
FAILURES = f"{layout.RUNS}/{ANY}/failures/{ANY}"
GENERATIONS = f"{layout.RUNS}/{ANY}/generations/{ANY}"
SUMMARY = layout.summary_key(ANY)
MODELS = layout.model_key(ANY)
REFERENCE = layout.reference_key(ANY)
SEEN = f"seen/{ANY}"
RELEASES = f"{layout.RELEASES}{ANY}"
SMOKE = f"{layout.landing_prefix(layout.SMOKE_DAY)}{ANY}"
LABELS = f"{layout.LABELS}/{ANY}"
QUARANTINE = f"{layout.QUARANTINE}/{ANY}"
SAMPLES = f"{layout.SAMPLES}/{ANY}"
DRIFT = layout.drift_key(ANY)
PERFORMANCE = layout.performance_key(ANY)
REPORTS = f"{layout.REPORTS}{ANY}"
DRIFT_REFERENCES = layout.drift_reference_key(ANY)
DRIFT_METRICS = f"metrics/{ANY}"

# Chosen here: people bring these, and name them in commands.
GROUND_TRUTH = f"truth/{ANY}"
LABELED = f"labeled/{ANY}"
DATA_VERSIONS = f"dvc/{ANY}"
