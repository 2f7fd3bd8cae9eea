"""The pipeline that CloudFormation made on the local AWS: found in its stacks, nothing made and nothing guessed.

Names come from the stacks' resources and outputs; variables from the functions as they are deployed and from the
outputs that workers and people are given; what calls a function from the event source mapping and the rule.
"""

import io
import json
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from labeler.aws import Aws
from labeler.aws_errors import translated_errors
from labeler.errors import SettingsError
from labeler.settings import CompletionSettings, ManifestSettings, OperatorSettings, ProcessSettings, WorkerSettings
from labeler.storage import Bucket
from labeler_local.emulator.cloud import Cloud
from labeler_local.emulator.formation import take_deliveries_over
from labeler_local.emulator.functions import Definition
from labeler_local.emulator.options import options_of
from labeler_local.emulator.pipeline import EventSource, Pipeline, Queue, Resources, Rule
from labeler_local.emulator.stack import LocalStack

if TYPE_CHECKING:
    from mypy_boto3_lambda.type_defs import FunctionConfigurationResponseTypeDef

AnySettings = TypeVar("AnySettings", bound=ProcessSettings)
WAY_OUT = "the template is not what the code expects: see cdk/stacks"
TOOLKIT, ASSETS = "CDKToolkit", "StagingBucket"
FUNCTION, BUCKET = "AWS::Lambda::Function", "AWS::S3::Bucket"


@contextmanager
def deployed_stack(
    directory: Path, cloud: Cloud, *, stacks: Sequence[str], is_dispatching: bool = True, **options: Any
) -> Iterator[LocalStack]:
    """The pipeline of these CloudFormation stacks at work, until the block ends; the cloud stays.

    Options are those of a local stack that are not settings: the deployment has its own. Raises SettingsError that
    names what the stacks don't have.
    """
    wanted = options_of(options)
    if wanted.settings:
        raise SettingsError(f"a deployment has its own {', '.join(wanted.settings)}", hint="change its template")
    with ExitStack() as opened:
        found = Deployment(cloud.aws, stacks)
        pipeline = found.pipeline(directory.resolve() / "functions", cloud.variables)
        take_deliveries_over(pipeline.completion.queue.name)
        stack = LocalStack(directory, cloud, pipeline, options_of({**options, "code": directory / "functions"}), opened)
        if is_dispatching:
            stack.start_dispatch()
        yield stack


@dataclass(frozen=True, slots=True)
class Made:
    """A resource of a stack."""

    kind: str
    logical_id: str
    physical_id: str


class Deployment:
    def __init__(self, aws: Aws, stacks: Sequence[str]) -> None:
        self._aws = aws
        self._formation = aws.session.client("cloudformation")
        self._made: list[Made] = []
        self._outputs: dict[str, str] = {}
        for name in stacks:
            self._read(name)

    def _read(self, stack: str) -> None:
        self._made += self._resources_of(stack)
        with translated_errors(f"reading the outputs of {stack}"):
            (described,) = self._formation.describe_stacks(StackName=stack)["Stacks"]
        self._outputs |= {one["OutputKey"]: one["OutputValue"] for one in described.get("Outputs", [])}

    def _resources_of(self, stack: str) -> list[Made]:
        with translated_errors(f"reading the resources of {stack}"):
            pages = self._formation.get_paginator("list_stack_resources").paginate(StackName=stack)
            return [
                Made(one["ResourceType"], one["LogicalResourceId"], one["PhysicalResourceId"])
                for page in pages
                for one in page["StackResourceSummaries"]
            ]

    def pipeline(self, code: Path, aws_variables: Mapping[str, str]) -> Pipeline:
        """`code`: the functions' handlers are unpacked below it. `aws_variables`: what Lambda adds to a function's own."""
        configurations = [self._function(made.physical_id) for made in self._of(FUNCTION)]
        completion, tick = self._event_source(), self._rule()
        worker, operator = self._told("WorkerEnvironment"), self._told("OperatorEnvironment")
        manifest = operator.get("LABELER_MANIFEST_FUNCTION", "")
        own = {found["FunctionName"]: _variables(found) for found in configurations}
        for name in (manifest, completion.function, tick.function):
            if name not in own:
                raise SettingsError(f"no stack has a function {name!r}, which is called", hint=WAY_OUT)
        variables: dict[type[ProcessSettings], Mapping[str, str]] = {
            ManifestSettings: own[manifest],
            CompletionSettings: own[completion.function],
            WorkerSettings: worker,
            OperatorSettings: operator,
        }
        return Pipeline(
            resources=self._resources(manifest, completion, variables),
            functions=tuple(self._definition(found, code, aws_variables) for found in configurations),
            completion=completion,
            tick=tick,
            variables=variables,
        )

    # ---- what is there

    def _of(self, kind: str) -> list[Made]:
        return [made for made in self._made if made.kind == kind]

    def _one(self, kind: str, begins: str = "") -> Made:
        """The only one of a kind whose logical id begins so."""
        found = [made for made in self._of(kind) if made.logical_id.startswith(begins)]
        if len(found) != 1:
            raise SettingsError(f"the stacks have {len(found)} {kind} {begins}, not one", hint=WAY_OUT)
        return found[0]

    def _told(self, output: str) -> dict[str, str]:
        if output not in self._outputs:
            raise SettingsError(f"no stack has the output {output}", hint=WAY_OUT)
        told: dict[str, str] = json.loads(self._outputs[output])
        return told

    def _resources(
        self, manifest: str, completion: EventSource, variables: Mapping[type[ProcessSettings], Mapping[str, str]]
    ) -> Resources:
        place = _settings(ManifestSettings, variables, of=manifest)
        own = _settings(CompletionSettings, variables, of=completion.function)
        return Resources(
            raw_bucket=place.raw_bucket,
            labels_bucket=place.labels_bucket,
            runs_bucket=place.runs_bucket,
            monitoring_bucket=self._one(BUCKET, "Monitoring").physical_id,
            registry_bucket=self._one(BUCKET, "Artifacts").physical_id,
            work_queue=self._queue(place.work_queue_url),
            dead_letter_queue=self._queue(own.dead_letter_queue_url),
            completion_queue=completion.queue,
            completion_dead_letter_queue=self._dead_letters_of(completion.queue),
            ledger_table=place.ledger_table,
            glue_database=own.glue_database or "",
            glue_table=own.glue_table or "",
        )

    # ---- queues, and what calls whom

    def _queue(self, url: str) -> Queue:
        with translated_errors(f"looking at the queue {url}"):
            found = self._aws.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
        return Queue(name=url.rpartition("/")[2], url=url, arn=found["Attributes"]["QueueArn"])

    def _queue_of(self, arn: str) -> Queue:
        with translated_errors(f"looking for the queue {arn}"):
            return self._queue(self._aws.sqs.get_queue_url(QueueName=arn.rpartition(":")[2])["QueueUrl"])

    def _dead_letters_of(self, queue: Queue) -> Queue:
        with translated_errors(f"looking at the queue {queue.name}"):
            found = self._aws.sqs.get_queue_attributes(QueueUrl=queue.url, AttributeNames=["RedrivePolicy"])
        policy = found.get("Attributes", {}).get("RedrivePolicy")
        if policy is None:
            raise SettingsError(f"the queue {queue.name} has no dead letters", hint=WAY_OUT)
        return self._queue_of(json.loads(policy)["deadLetterTargetArn"])

    def _event_source(self) -> EventSource:
        made = self._one("AWS::Lambda::EventSourceMapping")
        with translated_errors("looking at the event source mapping"):
            mapping = self._aws.lambda_.get_event_source_mapping(UUID=made.physical_id)
        queue = self._queue_of(mapping["EventSourceArn"])
        return EventSource(queue, mapping["FunctionArn"].rpartition(":")[2], mapping["BatchSize"])

    def _rule(self) -> Rule:
        made, events = self._one("AWS::Events::Rule"), self._aws.session.client("events")
        with translated_errors(f"looking at the rule {made.physical_id}"):
            arn = events.describe_rule(Name=made.physical_id)["Arn"]
            targets = events.list_targets_by_rule(Rule=made.physical_id)["Targets"]
        if len(targets) != 1:
            raise SettingsError(f"the rule {made.physical_id} has {len(targets)} targets", hint=WAY_OUT)
        return Rule(arn, targets[0]["Arn"].rpartition(":")[2])

    # ---- functions

    def _function(self, name: str) -> "FunctionConfigurationResponseTypeDef":
        with translated_errors(f"looking at the function {name}"):
            return self._aws.lambda_.get_function_configuration(FunctionName=name)

    def _definition(
        self, found: "FunctionConfigurationResponseTypeDef", code: Path, aws_variables: Mapping[str, str]
    ) -> Definition:
        name = found["FunctionName"]
        module, _, attribute = found["Handler"].rpartition(".")
        file = f"{name}/{module}.py"
        self._unpack(name, f"{module}.py", code / file)
        return Definition(
            name,
            file,
            attribute,
            timeout_s=found["Timeout"],
            memory_mb=found["MemorySize"],
            variables={**aws_variables, **_variables(found)},
        )

    def _unpack(self, function: str, member: str, target: Path) -> None:
        """The handler of the bundle that was deployed; what it imports is this process's: the bundle is for ARM."""
        with translated_errors(f"fetching the code of {function}"):
            location = self._aws.lambda_.get_function(FunctionName=function)["Code"]["Location"]
            (assets,) = (made for made in self._resources_of(TOOLKIT) if made.logical_id == ASSETS)
            body = Bucket(self._aws, assets.physical_id).get(location.rpartition("/")[2])
        with zipfile.ZipFile(io.BytesIO(body)) as bundle:
            if member not in bundle.namelist():
                raise SettingsError(f"the bundle of {function} has no {member}", hint=WAY_OUT)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(bundle.read(member))


def _variables(found: "FunctionConfigurationResponseTypeDef") -> dict[str, str]:
    return found.get("Environment", {}).get("Variables", {})


def _settings(
    kind: type[AnySettings], variables: Mapping[type[ProcessSettings], Mapping[str, str]], *, of: str
) -> AnySettings:
    try:
        return kind.from_environment(variables[kind])
    except SettingsError as error:
        raise SettingsError(f"{of} can't work with its variables: {error.message}", hint=WAY_OUT) from error
