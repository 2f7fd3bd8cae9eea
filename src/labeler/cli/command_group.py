"""A group of commands whose modules are imported when they are called or listed, and which other packages extend.

A package adds a command to `labeler` by an entry point in the group `labeler.commands`, and to `labeler statements` in
the group `labeler.commands.statements`: its value names a function or a `typer.Typer`. An image that lacks a command's
package lacks the command.
"""

from collections.abc import Callable, Iterator, Mapping, MutableMapping
from contextlib import suppress
from importlib.metadata import EntryPoint, entry_points
from typing import Any

import typer
from typer.core import TyperGroup

from labeler.errors import SettingsError

ENTRY_POINTS = "labeler.commands"
PACKAGES = {"labeler", "labeler_local"}


class LazyCommands(MutableMapping[str, Any]):
    """Commands by name; one that is an entry point is loaded when it is read."""

    def __init__(self, commands: Mapping[str, Any]) -> None:
        self._commands = dict(commands)

    def __getitem__(self, name: str) -> Any:
        """Raises SettingsError when the command's package is not installed."""
        command = self._commands[name]
        if isinstance(command, EntryPoint):
            try:
                command = self._commands[name] = _load(command)
            except ModuleNotFoundError as error:
                if str(error.name).partition(".")[0] not in PACKAGES:
                    raise
                raise SettingsError(
                    f"the command {name} is not installed here: {error}", hint="images hold only the commands they run"
                ) from error
        return command

    def __setitem__(self, name: str, command: Any) -> None:
        self._commands[name] = command

    def __delitem__(self, name: str) -> None:
        del self._commands[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._commands)

    def __len__(self) -> int:
        return len(self._commands)


class CommandGroup(TyperGroup):
    """The commands of `group_of`, then those of its Typer app."""

    entry_points: Mapping[str, EntryPoint] = {}

    def __init__(self, *, commands: Mapping[str, Any] | None = None, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.commands = LazyCommands({**self.entry_points, **(commands or {})})

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - the library's signature
        """Those that are installed."""
        names = []
        for name in self.commands:
            with suppress(SettingsError):
                _ = self.commands[name]
                names.append(name)
        return names


def group_of(table: Mapping[str, str] | None = None, *, name: str = "") -> type[CommandGroup]:
    """`table`: this package's own commands, name -> `module:attribute`; `name`: of the group, none for the whole command.

    The commands of other packages come before those of the table: they are for somebody who tries it out.
    """
    group = f"{ENTRY_POINTS}.{name}" if name else ENTRY_POINTS
    # made anew: where the package importlib_metadata was imported, the interpreter's function gives its class, not ours
    others = {one.name: EntryPoint(one.name, one.value, group) for one in entry_points(group=group)}
    own = {command: EntryPoint(command, value, group) for command, value in (table or {}).items()}
    return type("_Group", (CommandGroup,), {"entry_points": others | own})


def _load(entry: EntryPoint) -> Any:
    target: typer.Typer | Callable[..., None] = entry.load()
    parent = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    if isinstance(target, typer.Typer):
        parent.add_typer(target, name=entry.name)
    else:
        parent.command(entry.name)(target)
    return typer.main.get_group(parent).commands[entry.name]
