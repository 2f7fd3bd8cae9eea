"""The images that pods run: Airflow Variables, resources, and what their steps need."""

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Image:
    """What a pod runs in. `image` and `account` are Variables; a ConfigMap named like the account has its settings."""

    image: str
    account: str
    cpu: str
    memory: str
    has_experiments: bool = False
    """The directory of experiments is mounted."""
    has_json_output: bool = False
    """Its output is one JSON document, which is the step's XCom."""


TRAINER = Image(image="labeler_trainer_image", account="labeler_trainer", cpu="2", memory="8Gi", has_experiments=True)
PLANNER = replace(TRAINER, has_json_output=True)
MONITORING = Image(image="labeler_monitoring_image", account="labeler_drift_report", cpu="1", memory="2Gi")
