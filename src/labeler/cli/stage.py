"""The stage that a command is about, found by its stack: what a deployment knows is a stage's name and credentials."""

import json
from typing import Annotated

import typer
from botocore.exceptions import ClientError

from labeler.aws import Aws
from labeler.aws_errors import translated_errors
from labeler.cli.connection import Connection, connect
from labeler.errors import ObjectMissingError
from labeler.settings import OperatorSettings

OUTPUT = "OperatorEnvironment"
"""The output of the pipeline's stack that holds an operator's variables, as JSON."""

Stage = Annotated[
    str | None, typer.Option(metavar="STAGE", help="dev, staging or prod; left out: what this terminal names.")
]


def stack_of(stage: str) -> str:
    return f"labeler-{stage}-pipeline"


def connect_to(stage: str | None) -> Connection:
    """Raises ObjectMissingError when the stage was never deployed."""
    if stage is None:
        return connect()
    found = find_stage(stage)
    if found is None:
        raise _not_there(stage)
    return found


def variables_of(stage: str) -> dict[str, str]:
    """Of an operator's terminal, by name. Raises ObjectMissingError when the stage was never deployed."""
    found = _variables(Aws(), stage)
    if found is None:
        raise _not_there(stage)
    return found


def find_stage(stage: str) -> Connection | None:
    """None when nothing of it was deployed yet."""
    aws = Aws()
    variables = _variables(aws, stage)
    return None if variables is None else Connection(OperatorSettings.from_environment(variables), aws)


def _not_there(stage: str) -> ObjectMissingError:
    return ObjectMissingError(
        f"there is no stack {stack_of(stage)} in this account and region",
        hint=f"sign in to the account of {stage}, or deploy it: `make deploy STAGE={stage}`",
    )


def _variables(aws: Aws, stage: str) -> dict[str, str] | None:
    with translated_errors(f"reading the stack {stack_of(stage)}"):
        try:
            stacks = aws.cloudformation.describe_stacks(StackName=stack_of(stage))["Stacks"]
        except ClientError as error:
            if "does not exist" in str(error):
                return None
            raise
    outputs = {output["OutputKey"]: output["OutputValue"] for output in stacks[0].get("Outputs", ())}
    if OUTPUT not in outputs:
        return None
    found: dict[str, str] = json.loads(outputs[OUTPUT])
    return found
