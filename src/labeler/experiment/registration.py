"""What `register` leaves: the candidates' versions in the registry, and which of them is the challenger."""

from labeler.experiment.scores import Record


class RegisteredVersion(Record):
    candidate: str
    version: str
    sha256: str


class Registration(Record):
    experiment_id: str
    model_name: str
    versions: tuple[RegisteredVersion, ...]
    challenger: str | None
    """The version of the gate's winner."""
