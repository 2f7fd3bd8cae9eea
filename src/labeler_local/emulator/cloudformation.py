"""Extends moto's CloudFormation by the resource types that it lacks and our stacks need.

moto silently leaves an unknown type out of a stack, and whatever refers to it fails.
"""

from functools import cache
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from labeler_local.emulator.cloudformation_fixes import configure_notifications, delete_managed_policy, with_kms_tags
from labeler_local.emulator.cloudformation_resources import MISSING_TYPES, ResourceProvider
from labeler_local.emulator.environment import ACCOUNT, REGION

_sessions: list[boto3.Session] = []


def extend_cloudformation(session: boto3.Session) -> None:
    """From now on the local AWS of this process supports them, too; `session` connects to it."""
    _sessions[:] = [session]
    _register_types()


def stop_moto_delivery(queue: str) -> None:
    """moto would deliver the messages of a mapped queue itself, in docker; here dispatch.py does."""
    from moto.sqs.models import sqs_backends

    sqs_backends[ACCOUNT][REGION].queues[queue].lambda_event_source_mappings.clear()


@cache
def _register_types() -> list[type]:
    """moto finds types by the direct subclasses of its model; of two for one type the later one counts.

    The cache keeps them alive: an unreferenced class would be garbage-collected.
    """
    from moto.cloudformation import parsing
    from moto.iam.models import ManagedPolicy
    from moto.kms.models import Key
    from moto.s3.models import FakeBucket

    types = [_missing(name, provider) for name, provider in MISSING_TYPES.items()]
    types.append(_corrected(FakeBucket, after_create=lambda bucket, properties: _notify(bucket.name, properties)))
    types.append(_corrected(Key, before_create=with_kms_tags))
    types.append(_corrected(ManagedPolicy, delete=lambda arn: delete_managed_policy(_sessions[0], arn)))
    for lookup in (parsing.get_model_list, parsing.get_model_map, parsing.get_name_type_map):
        lookup.cache_clear()
    _keep_deleted_stacks_deleted()
    return types


def _notify(bucket: str, properties: dict[str, Any]) -> None:
    configure_notifications(_sessions[0], bucket, properties)


def _missing(name: str, provider: ResourceProvider) -> type:
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
            return attribute in provider.attributes

        @classmethod
        def create_from_cloudformation_json(cls, resource_name: str, resource: Any, *_: Any, **__: Any) -> "Resource":
            properties = resource["Properties"]
            try:
                return cls(provider.create(_sessions[0], resource_name, properties), properties)
            except (ClientError, BotoCoreError) as error:
                # else moto responds with 500, and the deployer's second try reports only that the stack exists
                raise ValidationError(resource_name, message=f"{name}: {error}") from error

        def get_cfn_attribute(self, attribute: str) -> str:
            return provider.attributes[attribute](_sessions[0], self.physical_resource_id)

        def delete(self, *_: Any) -> None:
            provider.delete(_sessions[0], self.physical_resource_id, self._properties)

    return Resource


def _corrected(
    base: Any,
    *,
    before_create: Any = lambda properties: properties,
    after_create: Any = lambda *_: None,
    delete: Any = None,
) -> type:
    """`before_create` changes a template's properties; `after_create` gets (moto's object, properties).
    `delete` replaces moto's deletion and gets the physical id."""
    from moto.core.common_models import CloudFormationModel

    class Resource(CloudFormationModel):  # type: ignore[misc]
        cloudformation_name_type = staticmethod(base.cloudformation_name_type)
        cloudformation_type = staticmethod(base.cloudformation_type)
        has_cfn_attr = base.has_cfn_attr

        @classmethod
        def delete_from_cloudformation_json(cls, physical_id: str, *where: Any) -> None:
            if delete is None:
                base.delete_from_cloudformation_json(physical_id, *where)
            else:
                delete(physical_id)

        @classmethod
        def create_from_cloudformation_json(cls, resource_name: str, resource: Any, *where: Any, **more: Any) -> Any:
            properties = before_create(resource.get("Properties", {}))
            created = base.create_from_cloudformation_json(
                resource_name, {**resource, "Properties": properties}, *where, **more
            )
            after_create(created, properties)
            return created

    return Resource


def _keep_deleted_stacks_deleted() -> None:
    """moto evaluates the outputs of a deleted stack when it is described, and so creates its resources again."""
    from moto.cloudformation.models import Stack
    from moto.cloudformation.parsing import OutputMap

    delete = Stack.delete

    def delete_for_good(stack: Any) -> None:
        delete(stack)
        stack.output_map = OutputMap(stack.resource_map, {}, stack.stack_id)

    Stack.delete = delete_for_good
