"""EC2's quotas that a stage needs, in CPUs: those of a new account are smaller than one node of workers."""

from cdk.costs.monthly import NODES_A_ZONE
from cdk.environment import Environment
from cdk.environments import STAGES
from cdk.run.nodes import cpus_for

ON_DEMAND, SPOT = "L-1216C47A", "L-34B43A08"
"""Service Quotas' codes."""
NAMES = {ON_DEMAND: "running on-demand standard instances", SPOT: "all standard spot instance requests"}
SYSTEM_NODE_CPUS = 2
"""Of m7i.large, as the costs assume."""
HOST_CPUS = 2
"""Of t3.medium."""
JOBS_CPUS = 4
"""Of the node that the trainer's pod asks for, with the drift report's beside it."""


def needed_cpus(environment: Environment) -> dict[str, int]:
    """CPUs by code, of what the stage may start at once. Raises ValueError for a stage without a platform."""
    platform = environment.platform
    if platform is None:
        raise ValueError(f"{environment.name} has no platform: it starts no instance")
    workers = cpus_for(environment.run.max_workers)
    standing = SYSTEM_NODE_CPUS * NODES_A_ZONE * platform.zones + HOST_CPUS
    # a machine that is replaced stands beside its successor for a while
    cpus = {ON_DEMAND: 2 * standing + JOBS_CPUS}
    if "on-demand" in platform.capacity_types:
        cpus[ON_DEMAND] += workers
    if "spot" in platform.capacity_types:
        cpus[SPOT] = workers
    return cpus


def table() -> str:
    """Markdown, as docs/deploy.md has it."""
    columns = [needed_cpus(environment) for environment in STAGES]
    head = f"| vCPUs | {' | '.join(environment.name for environment in STAGES)} | quota |\n|---|{'---:|' * len(STAGES)}---|"
    rows = [
        f"| {what} | {' | '.join(str(cpus.get(code, 'none')) for cpus in columns)} | `{code}` |"
        for code, what in NAMES.items()
    ]
    return "\n".join([head, *rows])
