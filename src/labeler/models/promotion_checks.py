"""What a version has to show before it becomes the champion: features and task, the bundle meant, its gate's verdict."""

from typing import Any

from labeler.errors import ContractMismatchError, DigestMismatchError, PermanentError
from labeler.models.artifacts import required_tag
from labeler.models.registry import FEATURES_DIGEST_TAG, PASSED, SHA256_TAG, TASK_TAG, VERDICT_TAG
from labeler.task import LabelingTask


def require_contract(model_version: Any, task: LabelingTask) -> None:
    """Raises ContractMismatchError when it was trained for another task or other features, or does not say them."""
    digest = required_tag(model_version, FEATURES_DIGEST_TAG)
    task_name, code = required_tag(model_version, TASK_TAG), task.features_digest()
    what = f"version {model_version.version} of {model_version.name}"
    if task_name != task.name:
        raise ContractMismatchError(
            f"{what} was trained for the task {task_name}, this code labels {task.name}",
            hint="set LABELER_TASK and LABELER_MODEL_NAME to what belongs together",
        )
    if digest != code:
        raise ContractMismatchError(
            f"{what} was trained on features {digest[:12]}, this code computes features {code[:12]}: workers that run "
            "it would refuse the model",
            hint="promote a version that was trained with this code, or promote with the code that workers run",
        )


def require_passed_gate(model_version: Any, *, reason: str | None) -> None:
    """Raises PermanentError when it failed its gate and nobody gave a reason to promote it nevertheless."""
    verdict = model_version.tags.get(VERDICT_TAG, PASSED)
    if verdict != PASSED and not reason:
        raise PermanentError(
            f"version {model_version.version} of {model_version.name} {verdict} its gate",
            hint="promote one that passed, or say why this one nevertheless: --force REASON",
        )


def require_bundle(model_version: Any, sha256: str | None) -> None:
    """Raises DigestMismatchError when it is another bundle than the one with that digest."""
    if sha256 is not None and (registered := required_tag(model_version, SHA256_TAG)) != sha256:
        raise DigestMismatchError(
            f"version {model_version.version} of {model_version.name} is the bundle {registered[:12]}, "
            f"asked for is {sha256[:12]}",
            hint="the registry was made anew since: run the experiment again and propose its winner",
        )
