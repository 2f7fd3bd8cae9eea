"""Which modules of labeler a module may import at last."""

from functools import cache

import grimp

from labeler.settings import DEFAULT_TASK


@cache
def graph() -> grimp.ImportGraph:
    """Imports inside of functions count, those for type checkers only do not."""
    return grimp.build_graph("labeler", exclude_type_checking_imports=True)


def all_modules() -> set[str]:
    return graph().modules


def reached_modules(modules: set[str]) -> set[str]:
    """Those, their packages, and all that they import. What can load a task by its address loads the default one."""
    reached: set[str] = set()
    waiting = set(modules)
    while waiting:
        module = waiting.pop()
        reached.add(module)
        following = {module.rpartition(".")[0]} | graph().find_modules_directly_imported_by(module)
        if module == "labeler.task":
            following.add(DEFAULT_TASK.partition(":")[0])
        waiting |= following - reached - {""}
    return reached
