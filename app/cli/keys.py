"""`parley keys`: who may do what."""

import sys
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy.ext.asyncio import AsyncEngine

from app.cli.session import DataDir, on_ledger, settings_of
from app.db.vocabulary import Scope
from app.runtime.bootstrap import reach
from app.runtime.console import complain, say
from app.runtime.serving import CannotServeError
from app.web.access import digest, new_secret
from app.writing.api_keys import create_key, list_keys, revoke_key

keys = typer.Typer(help="Keys to the API.", no_args_is_help=True)


@keys.command("create")
def create(
    name: Annotated[str, typer.Argument(help="Who the key is for; no two keys have the same name")],
    scope: Annotated[list[Scope], typer.Option(help="What it may do; may be repeated")],
    data_dir: DataDir = None,
) -> None:
    """Make a key and print it. It is shown this once: only its digest is kept."""
    settings = settings_of(data_dir=data_dir)
    if not name.strip() or len(name) > 200:
        raise CannotServeError("A key's name has 1 to 200 characters.")
    secret = new_secret()

    async def work(engine: AsyncEngine) -> None:
        await create_key(engine, name.strip(), sorted(set(scope)), digest(secret))

    with reach(settings) as url:
        on_ledger(url, settings, work)
    say(secret)
    if sys.stderr.isatty():
        complain("Keep it now; it is not shown again.")


@keys.command("list")
def list_(data_dir: DataDir = None) -> None:
    """List all keys, also those that were revoked."""
    settings = settings_of(data_dir=data_dir)
    with reach(settings) as url:
        found = on_ledger(url, settings, list_keys)
    if not found:
        say("There are no keys.")
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
    """Make a key invalid for ever; running servers refuse it within seconds."""
    settings = settings_of(data_dir=data_dir)

    async def work(engine: AsyncEngine) -> bool:
        return await revoke_key(engine, name)

    with reach(settings) as url:
        if not on_ledger(url, settings, work):
            raise CannotServeError(f"No valid key is named {name!r}; see `parley keys list`.")
    say(f"The key {name!r} is revoked.")
