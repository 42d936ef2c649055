"""`parley keys`: manage API keys."""

import re
import sys
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy.ext.asyncio import AsyncEngine

from app.cli.session import DataDir, load_settings, run_with_engine
from app.db.vocabulary import Scope
from app.domain.api_keys import check_key_name
from app.errors import quoted
from app.runtime.bootstrap import provide_database
from app.runtime.console import CommandError, print_error, print_line
from app.web.access import digest, new_api_key
from app.writing.api_keys import StoredKey, create_key, list_keys, revoke_key, rotate_key

keys = typer.Typer(help="Manage API keys.", no_args_is_help=True)

_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_TIMES = ("created", "expires", "last used", "revoked")
#: Characters of a line of the list, if it is not written to a terminal.
_WIDEST = 1_000
#: The longest time that an option accepts: a hundred years.
_LONGEST = timedelta(days=36_525)


def parse_time(text: str) -> timedelta:
    """Parse a length of time such as `90d`. Raises CommandError."""
    found = re.fullmatch(r"([1-9][0-9]{0,8})([mhdw])", text)
    length = timedelta(**{_UNITS[found[2]]: int(found[1])}) if found else None
    if length is None or length > _LONGEST:
        raise CommandError(
            f"{quoted(text, 60)} is not a length of time: write a number and m (minutes), h (hours), d (days) or w (weeks),"
            " up to 100 years, such as 90d."
        )
    return length


@keys.command("create")
def create(
    name: Annotated[str, typer.Argument(help="Unique name of the key, such as the name of its user")],
    scope: Annotated[list[Scope], typer.Option(help="Permission of the key; may be repeated")],
    expires_in: Annotated[
        str | None, typer.Option(help="Time after which the key is rejected, such as 90d or 12h")
    ] = None,
    note: Annotated[str | None, typer.Option(help="What the key is for")] = None,
    data_dir: DataDir = None,
) -> None:
    """Create a key and print it. It cannot be shown again, because only its digest is stored."""
    settings = load_settings(data_dir=data_dir)
    try:
        check_key_name(name)
    except ValueError as error:
        raise CommandError(str(error)) from None
    if note is not None and not (note.strip() and note.isprintable()):
        raise CommandError(f"A note must be one line of printable characters; got {quoted(note, 60)}.")
    expires_at = datetime.now(UTC) + parse_time(expires_in) if expires_in is not None else None
    secret = new_api_key()

    async def work(engine: AsyncEngine) -> None:
        await create_key(engine, name, sorted(set(scope)), digest(secret), expires_at=expires_at, note=note)

    with provide_database(settings) as url:
        run_with_engine(url, settings, work)
    _print_secret(secret)


@keys.command("rotate")
def rotate(
    name: str,
    overlap: Annotated[
        str | None, typer.Option(help="Time for which the secret before it is also accepted, such as 24h")
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Print another secret for a key. The secret before it ends within seconds, or after the overlap."""
    settings = load_settings(data_dir=data_dir)
    length = parse_time(overlap) if overlap is not None else timedelta()
    secret = new_api_key()

    async def work(engine: AsyncEngine) -> None:
        await rotate_key(engine, name, digest(secret), overlap=length)

    with provide_database(settings) as url:
        run_with_engine(url, settings, work)
    _print_secret(secret)


@keys.command("list")
def list_(data_dir: DataDir = None) -> None:
    """List all keys, including revoked and expired ones."""
    settings = load_settings(data_dir=data_dir)
    with provide_database(settings) as url:
        found = run_with_engine(url, settings, list_keys)
    if not found:
        print_line("There are no keys.")
        return
    table = Table(box=None, pad_edge=False)
    for title in ("name", "scopes", "created", "expires", "last used", "revoked", "note"):
        table.add_column(title, overflow="fold", no_wrap=title in _TIMES)
    for key in found:
        table.add_row(*_cells(key))
    # Without a terminal, each key is one line, for grep and the like.
    width = None if sys.stdout.isatty() else _WIDEST
    Console(markup=False, highlight=False, width=width).print(table)


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


def _cells(key: StoredKey) -> tuple[str, ...]:
    times = [
        f"{at:%Y-%m-%d %H:%M}" if at else ""
        for at in (key.created_at, key.expires_at, key.last_used_at, key.revoked_at)
    ]
    return key.name, " ".join(sorted(key.scopes)), *times, key.note or ""


def _print_secret(secret: str) -> None:
    print_line(secret)
    if sys.stderr.isatty():
        print_error("Store it now; it cannot be shown again.")
