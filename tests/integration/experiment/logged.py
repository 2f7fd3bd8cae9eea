"""Candidates in MLflow, without training them: the champion's forest with fewer trees."""

import hashlib
from pathlib import Path

from labeler.experiment.records import TrainedCandidate
from labeler.models.bundle import pack
from tests.champion import TrainedChampion, unpacked
from tests.integration.experiment.finished import trained


def log_models(
    registry_uri: str, champion: TrainedChampion, directory: Path, *names: str
) -> dict[str, TrainedCandidate]:
    """As train leaves them in MLflow: a run and a logged model each."""
    import skops.io
    from mlflow.tracking import MlflowClient

    from labeler.models.bundle import TRUSTED_TYPES

    client = MlflowClient(tracking_uri=registry_uri, registry_uri=registry_uri)
    location = (directory / "artifacts").as_uri() if registry_uri.startswith("sqlite") else None  # a server decides
    experiment = client.create_experiment(f"experiment of {directory.name}", artifact_location=location)
    logged = {}
    for trees, name in enumerate(names, start=2):
        source = unpacked(champion.body, directory / name)
        path = next(source.rglob("*.skops"))
        forest = skops.io.load(path, trusted=sorted(TRUSTED_TYPES))
        forest.estimators_, forest.n_estimators = forest.estimators_[:trees], trees
        skops.io.dump(forest, path)
        run = client.create_run(experiment, run_name=name)
        client.log_param(run.info.run_id, "trees", trees)
        model = client.create_logged_model(experiment, name="model", source_run_id=run.info.run_id)
        client.log_model_artifacts(model.model_id, str(source))
        client.finalize_logged_model(model.model_id, "READY")
        client.set_terminated(run.info.run_id)
        sha256 = hashlib.sha256(pack(source)).hexdigest()
        logged[name] = trained(name, sha256, run_id=run.info.run_id, model_uri=f"models:/{model.model_id}")
    return logged
