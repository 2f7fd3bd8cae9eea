"""OCI archives as builders write them, small enough to be made here."""

import io
import json
import tarfile
from pathlib import Path


def digest(number: int) -> str:
    return f"sha256:{number:064x}"


def write_archive(path: Path, *digests: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    index = {"schemaVersion": 2, "manifests": [{"digest": one, "size": 1} for one in digests]}
    members = {"oci-layout": {"imageLayoutVersion": "1.0.0"}, "index.json": index}
    with tarfile.open(path, "w") as archive:
        for name, content in members.items():
            body = json.dumps(content).encode()
            entry = tarfile.TarInfo(name)
            entry.size = len(body)
            archive.addfile(entry, io.BytesIO(body))
    return path
