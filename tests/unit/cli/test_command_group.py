"""Commands that other packages add, and commands whose package an image lacks."""

import sys
from importlib.metadata import EntryPoint
from types import ModuleType, SimpleNamespace

import pytest
import typer
import typer.main
from typer.testing import CliRunner

from labeler.cli import command_group
from labeler.cli.app import COMMANDS, app
from labeler.cli.command_group import ENTRY_POINTS, group_of
from labeler.errors import SettingsError

PACKAGE = "package_of_a_test"


def group_with(monkeypatch: pytest.MonkeyPatch, value: str, *, table: dict[str, str] | None = None) -> typer.Typer:
    entry = EntryPoint("extra", value, ENTRY_POINTS)
    monkeypatch.setattr(command_group, "entry_points", lambda group: [entry] if group == ENTRY_POINTS else [])
    group = typer.Typer(cls=group_of(table), add_completion=False)
    group.callback()(lambda: None)
    return group


@pytest.fixture
def package(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    module = ModuleType(PACKAGE)
    monkeypatch.setitem(sys.modules, PACKAGE, module)
    return module


def test_function_of_another_package_is_a_command(monkeypatch: pytest.MonkeyPatch, package: ModuleType) -> None:
    def greet(name: str) -> None:
        """Greet somebody."""
        typer.echo(f"hello {name}")

    package.greet = greet  # type: ignore[attr-defined]
    group = group_with(monkeypatch, f"{PACKAGE}:greet")
    assert CliRunner().invoke(group, ["extra", "world"]).output == "hello world\n"
    assert "Greet somebody." in CliRunner().invoke(group, ["--help"]).output


def test_typer_app_of_another_package_is_a_group(monkeypatch: pytest.MonkeyPatch, package: ModuleType) -> None:
    package.app = typer.Typer(help="More.")  # type: ignore[attr-defined]
    package.app.command("one")(lambda: typer.echo("one"))
    package.app.command("two")(lambda: typer.echo("two"))
    group = group_with(monkeypatch, f"{PACKAGE}:app")
    assert CliRunner().invoke(group, ["extra", "two"]).output == "two\n"


def test_command_whose_package_is_missing_is_not_listed_and_names_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    group = group_with(monkeypatch, "labeler_local.not_installed:command", table={"plan": COMMANDS["plan"]})
    with pytest.raises(SettingsError, match=r"extra is not installed here: .*labeler_local\.not_installed"):
        CliRunner().invoke(group, ["extra"], catch_exceptions=False)
    help_text = CliRunner().invoke(group, ["--help"]).output
    assert "plan" in help_text
    assert "extra" not in help_text


def test_missing_library_of_a_command_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    group = group_with(monkeypatch, "library_that_is_not_installed:command")
    with pytest.raises(ModuleNotFoundError):
        CliRunner().invoke(group, ["extra"], catch_exceptions=False)


def test_misspelled_command_gets_a_suggestion() -> None:
    answer = CliRunner().invoke(app, ["statments"])
    assert "Did you mean 'statements'?" in answer.output


def test_only_the_called_command_is_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded: list[str] = []
    load = EntryPoint.load
    monkeypatch.setattr(EntryPoint, "load", lambda entry: (loaded.append(entry.name), load(entry))[1])
    assert CliRunner().invoke(app, ["plan", "--help"]).exit_code == 0
    assert loaded == ["plan"]


def test_local_package_adds_its_commands() -> None:
    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    assert set(commands) == {*COMMANDS, "demo", "local"}
    assert set(commands["statements"].commands) == {"land", "generate"}


def test_entry_point_of_the_backport_is_a_command(monkeypatch: pytest.MonkeyPatch, package: ModuleType) -> None:
    """`importlib_metadata`, which MLflow imports, answers in place of the interpreter's own module."""
    package.greet = lambda: typer.echo("hello")  # type: ignore[attr-defined]
    backport = SimpleNamespace(name="extra", value=f"{PACKAGE}:greet", group=ENTRY_POINTS)
    monkeypatch.setattr(command_group, "entry_points", lambda group: [backport] if group == ENTRY_POINTS else [])
    group = typer.Typer(cls=group_of(), add_completion=False)
    group.callback()(lambda: None)
    assert CliRunner().invoke(group, ["extra"]).output == "hello\n"
