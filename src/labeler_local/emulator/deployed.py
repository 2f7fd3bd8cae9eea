"""The pipeline that CloudFormation created on the local AWS: read from its stacks, nothing created and nothing guessed.

Names come from the stacks' resources and outputs; variables from the deployed functions and from the outputs for
workers and operators; what triggers a function from the event source mapping and the rule.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, TypeVar

from labeler.aws import Aws
from labeler.errors import SettingsError
from labeler.settings import CompletionSettings, ManifestSettings, OperatorSettings, ProcessSettings, WorkerSettings
from labeler_local.emulator.cloud import Cloud
from labeler_local.emulator.cloudformation import stop_moto_delivery
from labeler_local.emulator.cloudformation_stacks import HINT, Stacks
from labeler_local.emulator.deployed_functions import environment_of, function_configuration, unpacked_function
from labeler_local.emulator.deployed_triggers import dead_letter_queue_of, event_source, queue_by_url, schedule_rule
from labeler_local.emulator.options import parse_options
from labeler_local.emulator.pipeline import EventSource, Pipeline, Resources
from labeler_local.emulator.stack import LocalStack

AnySettings = TypeVar("AnySettings", bound=ProcessSettings)
Variables = Mapping[type[ProcessSettings], Mapping[str, str]]
FUNCTION, BUCKET = "AWS::Lambda::Function", "AWS::S3::Bucket"


@contextmanager
def deployed_stack(
    directory: Path, cloud: Cloud, *, stacks: Sequence[str], is_dispatching: bool = True, **options: Any
) -> Iterator[LocalStack]:
    """Runs the pipeline of these CloudFormation stacks until the block ends; the cloud stays.

    Options are those of a local stack that are not settings: the deployment has its own. Raises SettingsError that
    names what the stacks lack.
    """
    code = directory / "functions"
    stack_options = parse_options({**options, "code": code})
    if stack_options.settings:
        raise SettingsError(f"a deployment has its own {', '.join(stack_options.settings)}", hint="change its template")
    with ExitStack() as opened:
        pipeline = deployed_pipeline(cloud.aws, stacks, code=code.resolve(), aws_variables=cloud.variables)
        stop_moto_delivery(pipeline.completion.queue.name)
        stack = LocalStack(directory, cloud, pipeline, stack_options, opened)
        if is_dispatching:
            stack.start_dispatch()
        yield stack


def deployed_pipeline(aws: Aws, names: Sequence[str], *, code: Path, aws_variables: Mapping[str, str]) -> Pipeline:
    """`code`: the handlers are unpacked below it. `aws_variables`: what Lambda adds to a function's own."""
    stacks = Stacks(aws, names)
    configurations = [function_configuration(aws, function.physical_id) for function in stacks.of_type(FUNCTION)]
    completion, tick = event_source(aws, stacks), schedule_rule(aws, stacks)
    worker, operator = stacks.json_output("WorkerEnvironment"), stacks.json_output("OperatorEnvironment")
    manifest = operator.get("LABELER_MANIFEST_FUNCTION", "")
    environments = {one["FunctionName"]: environment_of(one) for one in configurations}
    for name in (manifest, completion.function, tick.function):
        if name not in environments:
            raise SettingsError(f"no stack has a function {name!r}, which is called", hint=HINT)
    variables: Variables = {
        ManifestSettings: environments[manifest],
        CompletionSettings: environments[completion.function],
        WorkerSettings: worker,
        OperatorSettings: operator,
    }
    return Pipeline(
        resources=_resources(aws, stacks, manifest=manifest, completion=completion, variables=variables),
        functions=tuple(unpacked_function(aws, one, code=code, aws_variables=aws_variables) for one in configurations),
        completion=completion,
        tick=tick,
        variables=variables,
    )


def _resources(aws: Aws, stacks: Stacks, *, manifest: str, completion: EventSource, variables: Variables) -> Resources:
    run = _settings(ManifestSettings, variables, function=manifest)
    publication = _settings(CompletionSettings, variables, function=completion.function)
    return Resources(
        raw_bucket=run.raw_bucket,
        labels_bucket=run.labels_bucket,
        runs_bucket=run.runs_bucket,
        monitoring_bucket=stacks.only(BUCKET, "Monitoring").physical_id,
        registry_bucket=stacks.only(BUCKET, "Artifacts").physical_id,
        work_queue=queue_by_url(aws, run.work_queue_url),
        dead_letter_queue=queue_by_url(aws, publication.dead_letter_queue_url),
        completion_queue=completion.queue,
        completion_dead_letter_queue=dead_letter_queue_of(aws, completion.queue),
        ledger_table=run.ledger_table,
        glue_database=publication.glue_database or "",
        glue_table=publication.glue_table or "",
    )


def _settings(settings: type[AnySettings], variables: Variables, *, function: str) -> AnySettings:
    try:
        return settings.from_environment(variables[settings])
    except SettingsError as error:
        raise SettingsError(f"{function} can't work with its variables: {error.message}", hint=HINT) from error
