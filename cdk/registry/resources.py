"""What the registry stack offers to the other stacks."""

from dataclasses import dataclass

from cdk.registry.database import RegistryDatabase
from cdk.registry.endpoint import RegistryEndpoint


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryResources:
    database: RegistryDatabase
    endpoint: RegistryEndpoint
