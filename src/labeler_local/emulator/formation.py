"""moto's CloudFormation with the kinds of resources that it lacks and a deployment of ours needs.

A kind that moto does not know is left out of a stack without a word, and whatever refers to it fails.
"""

from functools import cache
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from labeler_local.emulator.cloudformation_resources import MISSING, Kind, detached, notify, tagged_as_kms
from labeler_local.emulator.server import ACCOUNT, REGION

_led: list[boto3.Session] = []


def extend_formation(session: boto3.Session) -> None:
    """From now on this process's local AWS makes these kinds, too; `session` leads to it."""
    _led[:] = [session]
    _define()


def take_deliveries_over(queue: str) -> None:
    """moto would try each message of a mapped queue on the function itself, in docker; here dispatch hands them over."""
    from moto.sqs.models import sqs_backends

    sqs_backends[ACCOUNT][REGION].queues[queue].lambda_event_source_mappings.clear()


@cache
def _define() -> list[type]:
    """moto finds kinds by the direct subclasses of its model; of two for a kind the later one counts.

    The cache keeps them: a class that nobody refers to is no subclass for long.
    """
    from moto.cloudformation import parsing
    from moto.iam.models import ManagedPolicy
    from moto.kms.models import Key
    from moto.s3.models import FakeBucket

    made = [_missing(name, kind) for name, kind in MISSING.items()]
    made.append(_corrected(FakeBucket, finish=lambda bucket, properties: notify(_led[0], bucket.name, properties)))
    made.append(_corrected(Key, prepare=tagged_as_kms))
    made.append(_corrected(ManagedPolicy, undo=lambda arn: detached(_led[0], arn)))
    for known in (parsing.get_model_list, parsing.get_model_map, parsing.get_name_type_map):
        known.cache_clear()
    _let_deleted_stacks_be()
    return made


def _missing(name: str, kind: Kind) -> type:
    from moto.cloudformation.exceptions import ValidationError
    from moto.core.common_models import CloudFormationModel

    class Resource(CloudFormationModel):  # type: ignore[misc]
        def __init__(self, physical_id: str, properties: dict[str, Any]) -> None:
            self.physical_resource_id, self._properties = physical_id, properties

        @staticmethod
        def cloudformation_name_type() -> str:
            return ""

        @staticmethod
        def cloudformation_type() -> str:
            return name

        @classmethod
        def has_cfn_attr(cls, attribute: str) -> bool:
            return attribute in kind.attributes

        @classmethod
        def create_from_cloudformation_json(cls, resource_name: str, wanted: Any, *_: Any, **__: Any) -> "Resource":
            properties = wanted["Properties"]
            try:
                return cls(kind.make(_led[0], resource_name, properties), properties)
            except (ClientError, BotoCoreError) as error:
                # else moto answers 500 and whoever deploys tries again, to hear only that the stack exists
                raise ValidationError(resource_name, message=f"{name}: {error}") from error

        def get_cfn_attribute(self, attribute: str) -> str:
            return kind.attributes[attribute](_led[0], self.physical_resource_id)

        def delete(self, *_: Any) -> None:
            kind.undo(_led[0], self.physical_resource_id, self._properties)

    return Resource


def _corrected(
    base: Any, *, prepare: Any = lambda properties: properties, finish: Any = lambda *_: None, undo: Any = None
) -> type:
    """`prepare` changes a template's properties before moto sees them; `finish` gets (what moto made, properties).
    `undo` deletes by physical id in the place of moto."""
    from moto.core.common_models import CloudFormationModel

    class Resource(CloudFormationModel):  # type: ignore[misc]
        cloudformation_name_type = staticmethod(base.cloudformation_name_type)
        cloudformation_type = staticmethod(base.cloudformation_type)
        has_cfn_attr = base.has_cfn_attr

        @classmethod
        def delete_from_cloudformation_json(cls, physical_id: str, *where: Any) -> None:
            if undo is None:
                base.delete_from_cloudformation_json(physical_id, *where)
            else:
                undo(physical_id)

        @classmethod
        def create_from_cloudformation_json(cls, resource_name: str, wanted: Any, *where: Any, **more: Any) -> Any:
            properties = prepare(wanted.get("Properties", {}))
            made = base.create_from_cloudformation_json(
                resource_name, {**wanted, "Properties": properties}, *where, **more
            )
            finish(made, properties)
            return made

    return Resource


def _let_deleted_stacks_be() -> None:
    """moto works a deleted stack's outputs out anew for who asks, and so makes its resources again."""
    from moto.cloudformation.models import Stack
    from moto.cloudformation.parsing import OutputMap

    delete = Stack.delete

    def delete_for_good(stack: Any) -> None:
        delete(stack)
        stack.output_map = OutputMap(stack.resource_map, {}, stack.stack_id)

    Stack.delete = delete_for_good
