"""Where each object of a run lives in S3. Standard library only: every process can import it.

    raw bucket      landing/<landing_date>/<anything>        as they landed; never changed by us
    labels bucket   labels/day=<run_date>/run=<id>/unit-00001-<sha12>.parquet
                    quarantine/day=<run_date>/run=<id>/unit-00001-<sha12>.parquet
    runs bucket     samples/day=<run_date>/run=<id>/unit-00001-<sha12>.parquet   a few rows of each unit
                    runs/<id>/pins.json                      model and reference data, resolved once
                    runs/<id>/slices/unit-00001-<sha12>.jsonl.gz
                    runs/<id>/manifest.json                  the index; its existence means "planned"
                    runs/<id>/receipts/unit-00001.json       written last by a worker, once
                    runs/<id>/failures/unit-00001/0001.json  why a receive failed
                    runs/<id>/generations/0001.json          what a generation published, with every output object
                    runs/<id>/summary.json                   the newest generation's summary: what sensors wait for
                    runs/<id>/drift.json                     does the day look like the reference?
                    runs/<id>/performance.json               how right the labels were, once the ground truth is known
                    models/<sha256>.tar  reference/<sha256>.json  reference/current.json
                    seen/<landing_date>/<run_id>.bin         fingerprints of the files a run took
                    releases/0001.json                       a release of the stage
                    releases/0001.worked.json                that it succeeded: a rollback may lead to it
    monitoring      references/<model sha256>.parquet        what drift compares the model's days with
                    metrics/<run_date>/<run_id>-0001.json    every score of a generation
                    reports/                                 Evidently's workspace

Output keys name the content, so an attempt can only ever write the same bytes to the same key; the receipt
(one per unit, first writer wins) says which keys count.
"""

from collections.abc import Iterable
from datetime import date

LANDING = "landing"
LABELS = "labels"
QUARANTINE = "quarantine"
SAMPLES = "samples"
REPORTS = "reports/"
RUNS = "runs"
RELEASES = "releases/"
REFERENCE_CURRENT = "reference/current.json"
RECEIPTS_SUFFIX = ".json"
PARTITION_KEYS = ("day", "run")
DAILY = "daily"
"""The kind of the run that every day gets; another kind is a backfill."""
SMOKE_DAY = date(2000, 1, 1)
"""What smoke runs label, long before any real day: no look-back window and no reader of a day comes there."""


def label_columns(identity_columns: Iterable[str]) -> dict[str, str]:
    """Columns of the label files and their Hive types; the task says what identifies whom a row is about."""
    return {
        "run_date": "date",
        **dict.fromkeys(identity_columns, "string"),
        "file_key": "string",
        "row_number": "int",
        "label": "string",
        "confidence": "float",
        "second_label": "string",
        "second_confidence": "float",
        "model_version": "string",
        "run_id": "string",
    }


def run_id(run_date: date, kind: str = DAILY) -> str:
    """The id of a run: one per date and kind, so that starting it twice is the same run."""
    return f"{kind}-{run_date.isoformat()}"


def landing_prefix(landing_date: date, root: str = LANDING) -> str:
    return f"{root}/{landing_date.isoformat()}/"


def unit_name(unit_id: int) -> str:
    return f"unit-{unit_id:05d}"


def pins_key(run_id: str) -> str:
    return f"{RUNS}/{run_id}/pins.json"


def index_key(run_id: str) -> str:
    return f"{RUNS}/{run_id}/manifest.json"


def slice_key(run_id: str, unit_id: int, sha256: str) -> str:
    return f"{RUNS}/{run_id}/slices/{unit_name(unit_id)}-{sha256[:12]}.jsonl.gz"


def receipts_prefix(run_id: str) -> str:
    return f"{RUNS}/{run_id}/receipts/"


def receipt_key(run_id: str, unit_id: int) -> str:
    return f"{receipts_prefix(run_id)}{unit_name(unit_id)}.json"


def is_receipt_key(key: str) -> bool:
    parts = key.split("/")
    return len(parts) == 4 and parts[0] == RUNS and parts[2] == "receipts" and key.endswith(RECEIPTS_SUFFIX)


def failures_prefix(run_id: str, unit_id: int) -> str:
    return f"{RUNS}/{run_id}/failures/{unit_name(unit_id)}/"


def failure_key(run_id: str, unit_id: int, receive: int) -> str:
    return f"{failures_prefix(run_id, unit_id)}{receive:04d}.json"


def generation_key(run_id: str, generation: int) -> str:
    return f"{RUNS}/{run_id}/generations/{generation:04d}.json"


def summary_key(run_id: str) -> str:
    return f"{RUNS}/{run_id}/summary.json"


def drift_key(run_id: str) -> str:
    return f"{RUNS}/{run_id}/drift.json"


def performance_key(run_id: str) -> str:
    return f"{RUNS}/{run_id}/performance.json"


def drift_reference_key(model_sha256: str) -> str:
    """In the monitoring bucket: a model version's reference belongs to its bytes."""
    return f"references/{model_sha256}.parquet"


def drift_metrics_key(run_date: date, run_id: str, generation: int) -> str:
    return f"metrics/{run_date.isoformat()}/{run_id}-{generation:04d}.json"


def model_key(sha256: str) -> str:
    return f"models/{sha256}.tar"


def reference_key(sha256: str) -> str:
    return f"reference/{sha256}.json"


def seen_prefix(landing_date: date) -> str:
    return f"seen/{landing_date.isoformat()}/"


def seen_key(landing_date: date, run_id: str) -> str:
    return f"{seen_prefix(landing_date)}{run_id}.bin"


def release_key(number: int) -> str:
    return f"{RELEASES}{number:04d}.json"


def confirmation_key(number: int) -> str:
    return f"{RELEASES}{number:04d}.worked.json"


def output_prefix(kind: str, run_date: date, run_id: str) -> str:
    """`kind` is LABELS, QUARANTINE or SAMPLES; the folder is one Hive partition.

    The partition keys are not named like the columns run_date and run_id of the files: readers that infer
    both would find two types for one name.
    """
    return f"{kind}/day={run_date.isoformat()}/run={run_id}/"


def output_key(kind: str, run_date: date, run_id: str, unit_id: int, sha256: str) -> str:
    return f"{output_prefix(kind, run_date, run_id)}{unit_name(unit_id)}-{sha256[:12]}.parquet"
