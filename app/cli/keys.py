"""`parley keys`: manage API keys."""

import sys
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy.ext.asyncio import AsyncEngine

from app.cli.session import DataDir, load_settings, run_with_engine
from app.db.vocabulary import Scope
from app.errors import quoted
from app.runtime.bootstrap import provide_database
from app.runtime.console import CommandError, print_error, print_line
from app.web.access import digest, new_api_key
from app.writing.api_keys import create_key, list_keys, revoke_key

keys = typer.Typer(help="Manage API keys.", no_args_is_help=True)


@keys.command("create")
def create(
    name: Annotated[str, typer.Argument(help="Unique name of the key, such as the name of its user")],
    scope: Annotated[list[Scope], typer.Option(help="Permission of the key; may be repeated")],
    data_dir: DataDir = None,
) -> None:
    """Create a key and print it. It cannot be shown again, because only its digest is stored."""
    settings = load_settings(data_dir=data_dir)
    if not name.strip() or len(name) > 200:
        raise CommandError("The name of a key must have 1 to 200 characters.")
    secret = new_api_key()

    async def work(engine: AsyncEngine) -> None:
        await create_key(engine, name.strip(), sorted(set(scope)), digest(secret))

    with provide_database(settings) as url:
        run_with_engine(url, settings, work)
    print_line(secret)
    if sys.stderr.isatty():
        print_error("Store it now; it cannot be shown again.")


@keys.command("list")
def list_(data_dir: DataDir = None) -> None:
    """List all keys, including revoked ones."""
    settings = load_settings(data_dir=data_dir)
    with provide_database(settings) as url:
        found = run_with_engine(url, settings, list_keys)
    if not found:
        print_line("There are no keys.")
        return
    table = Table(box=None, pad_edge=False)
    for title in ("name", "scopes", "created", "revoked"):
        table.add_column(title, overflow="fold")
    for key in found:
        revoked = f"{key.revoked_at:%Y-%m-%d %H:%M}" if key.revoked_at else ""
        table.add_row(key.name, " ".join(sorted(key.scopes)), f"{key.created_at:%Y-%m-%d %H:%M}", revoked)
    Console(markup=False, highlight=False).print(table)


@keys.command("revoke")
def revoke(name: str, data_dir: DataDir = None) -> None:
    """Revoke a key permanently. Running servers reject the key within seconds."""
    settings = load_settings(data_dir=data_dir)

    async def work(engine: AsyncEngine) -> bool:
        return await revoke_key(engine, name)

    with provide_database(settings) as url:
        if not run_with_engine(url, settings, work):
            raise CommandError(f"No valid key is named {quoted(name)}. See `parley keys list`.")
    print_line(f"Revoked the key {quoted(name)}.")
