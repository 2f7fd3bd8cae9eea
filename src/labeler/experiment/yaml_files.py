"""YAML files that people write, checked against a model: params.yaml and gate.yaml."""

from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from labeler.errors import InputInvalidError

Model = TypeVar("Model", bound=BaseModel)


def read_yaml(model_type: type[Model], path: Path) -> Model:
    """Raises InputInvalidError that names the file and the place in it."""
    try:
        return model_type.model_validate(YAML(typ="safe").load(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise InputInvalidError(
            f"{path} can't be read: {error.strerror}", hint="work in the project's root, or name the file"
        ) from error
    except UnicodeDecodeError as error:
        raise InputInvalidError(f"{path} is not UTF-8: byte {error.start}", hint="save it as UTF-8") from error
    except YAMLError as error:
        raise InputInvalidError(f"{path} is not YAML: {' '.join(str(error).split())}") from error
    except ValidationError as error:
        faults = [f"{'.'.join(map(str, fault['loc'])) or 'the file'}: {fault['msg']}" for fault in error.errors()]
        raise InputInvalidError(f"{path}: {'; '.join(faults)}") from error
