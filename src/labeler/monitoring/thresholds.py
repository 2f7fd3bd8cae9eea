"""monitoring.yaml: what counts as drift. The defaults are what the file of this repository says; a test holds them."""

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from labeler.errors import InputInvalidError
from labeler.settings import MonitoringSettings

Distance = Annotated[float, Field(gt=0)]


class Thresholds(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    sample_rows: Annotated[int, Field(ge=100, le=100_000)] = 10_000
    min_rows: Annotated[int, Field(ge=1)] = 1_000
    min_units: Annotated[int, Field(ge=1)] = 3
    numeric_distance: Distance = 0.2
    category_distance: Distance = 0.2
    label_distance: Distance = 0.05
    confidence_distance: Distance = 0.15
    reject_share_change: Distance = 0.02
    columns: dict[str, Distance] = {"account_rows_a_day": 0.4}
    not_watched: tuple[str, ...] = ("weekday", "day_of_month", "month", "is_weekend", "is_holiday", "days_to_holiday")


def thresholds_of(settings: MonitoringSettings) -> Thresholds:
    """A file that is named has to be there; the default one may be missing. Raises InputInvalidError."""
    default = MonitoringSettings.model_fields["thresholds_file"].default
    if settings.thresholds_file == default and not default.is_file():
        return Thresholds()
    return read_thresholds(settings.thresholds_file)


def read_thresholds(path: Path) -> Thresholds:
    """Raises InputInvalidError that names the entry."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        entries = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
        return Thresholds.model_validate(entries or {})
    except (OSError, YAMLError) as error:
        raise InputInvalidError(
            f"{path} can't be read: {error}", hint="it is a YAML file, see monitoring.yaml"
        ) from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise InputInvalidError(
            f"{path}: {where}: {first['msg'].lower()}", hint="see src/labeler/monitoring/thresholds.py"
        ) from error
