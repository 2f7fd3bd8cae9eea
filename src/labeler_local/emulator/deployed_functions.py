"""Lambda functions as CloudFormation deployed them: their configuration, and the handlers of their bundles."""

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from labeler.aws import Aws
from labeler.aws_errors import translated_errors
from labeler.errors import SettingsError
from labeler.storage import Bucket
from labeler_local.emulator.cloudformation_stacks import HINT, stack_resources
from labeler_local.emulator.handlers import Definition

if TYPE_CHECKING:
    from mypy_boto3_lambda.type_defs import FunctionConfigurationResponseTypeDef

TOOLKIT, ASSETS = "CDKToolkit", "StagingBucket"


def function_configuration(aws: Aws, name: str) -> "FunctionConfigurationResponseTypeDef":
    with translated_errors(f"looking at the function {name}"):
        return aws.lambda_.get_function_configuration(FunctionName=name)


def environment_of(configuration: "FunctionConfigurationResponseTypeDef") -> dict[str, str]:
    return configuration.get("Environment", {}).get("Variables", {})


def unpacked_function(
    aws: Aws,
    configuration: "FunctionConfigurationResponseTypeDef",
    *,
    code: Path,
    aws_variables: Mapping[str, str],
) -> Definition:
    """Its handler is unpacked below `code`. `aws_variables` are added to its own, as Lambda does."""
    name = configuration["FunctionName"]
    module, _, attribute = configuration["Handler"].rpartition(".")
    file = f"{name}/{module}.py"
    _unpack(aws, name, f"{module}.py", code / file)
    return Definition(
        name,
        file,
        attribute,
        timeout_s=configuration["Timeout"],
        memory_mb=configuration["MemorySize"],
        variables={**aws_variables, **environment_of(configuration)},
    )


def _unpack(aws: Aws, function: str, member: str, target: Path) -> None:
    """Only the handler is the bundle's; what it imports is this process's, since the bundle is for ARM."""
    with translated_errors(f"fetching the code of {function}"):
        location = aws.lambda_.get_function(FunctionName=function)["Code"]["Location"]
        (assets,) = (resource for resource in stack_resources(aws, TOOLKIT) if resource.logical_id == ASSETS)
        body = Bucket(aws, assets.physical_id).get(location.rpartition("/")[2])
    with zipfile.ZipFile(io.BytesIO(body)) as bundle:
        if member not in bundle.namelist():
            raise SettingsError(f"the bundle of {function} has no {member}", hint=HINT)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(bundle.read(member))
