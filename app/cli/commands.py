"""The commands of `parley`, each with the module that implements it.

A module is imported only when its command runs. Most of these modules import every package, which takes seconds;
`parley --help` and `parley version` need no package.
"""

from dataclasses import dataclass
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_group


@dataclass(frozen=True, slots=True)
class Command:
    """The module and function of a command, and its line in `parley --help`."""

    module: str
    #: Name of the function, or of the `typer.Typer` of a group of commands.
    attribute: str
    #: The first sentence of the command's own help. tests/cli/test_commands.py checks that the two are equal.
    summary: str


#: The commands, in the order of `parley --help`.
COMMANDS = {
    "serve": Command("app.cli.serving", "serve", "Serve the API until Ctrl-C."),
    "migrate": Command("app.cli.serving", "migrate", "Migrate the schema of the database to this version."),
    "load": Command(
        "app.cli.serving", "load", "Load the bundled dossiers that are missing from the database or have changed."
    ),
    "import": Command("app.cli.files", "import_", "Import dossiers from files, in the given order."),
    "bulk": Command("app.cli.files", "bulk", "Import a file of records, as POST /v1/imports does."),
    "export": Command(
        "app.cli.files",
        "export",
        "Export a process with everything that belongs to it, or the whole database, as a dossier that can be imported.",
    ),
    "report": Command("app.cli.reports", "report", "Print a report as a table, or write it to a file."),
    "duplicates": Command(
        "app.cli.duplicates",
        "duplicates",
        "Review possible duplicates, the most similar first, and decide what to do with each pair.",
    ),
    "release": Command(
        "app.cli.releases",
        "release",
        "Publish a release: give a revision a permanent name and store its files, as POST /v1/releases does.",
    ),
    "openapi": Command("app.cli.openapi", "openapi", "Write the OpenAPI document."),
    "explain": Command(
        "app.cli.explain",
        "explain",
        "Print the SQL statements of a GET request, their values, and their PostgreSQL plans.",
    ),
    "version": Command("app.cli.version", "version", "Print the version of Parley."),
    "keys": Command("app.cli.keys", "keys", "Manage API keys."),
    "db": Command("app.cli.database", "db", "Control the embedded PostgreSQL; back up, check or repair any database."),
}


def load_command(name: str) -> Any:
    """Import a command and return the Click command that Typer builds from it."""
    command = COMMANDS[name]
    found = getattr(import_module(command.module), command.attribute)
    parent = typer.Typer(rich_markup_mode=None)
    if isinstance(found, typer.Typer):
        parent.add_typer(found, name=name)
    else:
        parent.command(name)(found)
    return get_group(parent).commands[name]


class LazyGroup(TyperGroup):
    """The group of all commands. Its help text and its suggestions for misspelled names need only `COMMANDS`."""

    def __init__(self, **options: Any) -> None:
        commands = {name: TyperCommand(name, help=command.summary) for name, command in COMMANDS.items()}
        super().__init__(**{**options, "commands": commands})

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Import the command that is about to run."""
        name, _, rest = super().resolve_command(ctx, args)
        assert name is not None
        return name, load_command(name), rest
