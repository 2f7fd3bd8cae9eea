"""A deployment stage, found by its CloudFormation stack: a deployment has a stage's name and credentials, nothing else."""

import json

from botocore.exceptions import ClientError

from labeler.aws import Aws
from labeler.aws_errors import translated_errors
from labeler.errors import ObjectMissingError
from labeler.runs.connection import Connection
from labeler.settings import OperatorSettings

OUTPUT = "OperatorEnvironment"
"""The output of the pipeline's stack that holds an operator's variables, as JSON."""


def stack_of(stage: str) -> str:
    return f"labeler-{stage}-pipeline"


def connect_to_stage(stage: str) -> Connection:
    """Raises ObjectMissingError when the stage was never deployed."""
    connection = find_stage(stage)
    if connection is None:
        raise _not_deployed(stage)
    return connection


def find_stage(stage: str) -> Connection | None:
    """None when the stage was never deployed."""
    aws = Aws()
    variables = _variables(aws, stage)
    return None if variables is None else Connection(OperatorSettings.from_environment(variables), aws)


def variables_of(stage: str) -> dict[str, str]:
    """The variables of an operator's terminal, by name. Raises ObjectMissingError when the stage was never deployed."""
    variables = _variables(Aws(), stage)
    if variables is None:
        raise _not_deployed(stage)
    return variables


def _not_deployed(stage: str) -> ObjectMissingError:
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
    variables: dict[str, str] = json.loads(outputs[OUTPUT])
    return variables
