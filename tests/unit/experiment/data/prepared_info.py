"""dataset.json of the two statements of the fixture `project`."""

from typing import Any

from labeler.experiment.data.days import ALL_DAYS, Days
from labeler.experiment.data.file_digests import FilesDigest, file_digests
from labeler.experiment.data.sources import blocks, open_source
from labeler.experiment.records import DatasetInfo


def info_of(folder: str = "data/in", days: Days = ALL_DAYS, **changed: Any) -> DatasetInfo:
    digest = FilesDigest()
    source = open_source("data/in", days=days)
    for entries in blocks(source):
        digest.add(entries, file_digests(entries, source.fetch(entries)))
    values: dict[str, Any] = {
        "task": "t",
        "features_digest": "f",
        "feature_names": ("x",),
        "reference_version": "1",
        "reference_sha256": "r",
        "statements_sha256": digest.hexdigest(),
        "files": 2,
        "accounts": 2,
        "rows": 2,
        "rows_rejected": 0,
        "parts": (),
        "source": folder,
        "pattern": "*.csv",
        "first_day": days.first,
        "last_day": days.last,
    }
    return DatasetInfo.model_validate(values | changed)
