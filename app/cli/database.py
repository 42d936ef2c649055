"""`parley db`: the embedded server, and backups of any."""

import signal
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.ext.asyncio import AsyncEngine

from app.cli.session import DataDir, on_ledger, settings_of
from app.db import derived_values
from app.postgres import embedded
from app.postgres.backup import back_up
from app.postgres.cluster import program
from app.postgres.folder import Folder
from app.runtime.bootstrap import reach
from app.runtime.console import Steps, say

db = typer.Typer(help="The embedded PostgreSQL, and backups of any.", no_args_is_help=True)


@db.command("start")
def start(data_dir: DataDir = None) -> None:
    """Run the embedded server until Ctrl-C, for tools that want to look inside."""
    settings = settings_of(data_dir=data_dir)
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    with Steps() as steps, embedded.start(settings.data_dir, progress=steps):
        steps.done()
        folder = Folder.at(settings.data_dir)
        say(f"PostgreSQL runs in {folder.root}. To look inside:")
        say(f"  {_way_inside(folder)}")
        say("Ctrl-C stops it, unless others use it.")
        stopped.wait()


@db.command("stop")
def stop(data_dir: DataDir = None) -> None:
    """Stop the embedded server at once; processes that use it lose it."""
    was_running = embedded.stop(settings_of(data_dir=data_dir).data_dir)
    say("Stopped." if was_running else "It did not run.")


@db.command("status")
def status(data_dir: DataDir = None) -> None:
    """Say whether the embedded server runs, and where its data is."""
    settings = settings_of(data_dir=data_dir)
    found = embedded.status(settings.data_dir)
    use = "in use" if found.in_use else "in use by nobody"
    say(f"PostgreSQL runs (process {found.pid}), {use}." if found.is_running else "PostgreSQL does not run.")
    say(f"Data folder: {settings.data_dir}")
    if found.is_running:
        say("To look inside, while it runs:")
        say(f"  {_way_inside(Folder.at(settings.data_dir))}")
    else:
        say("`parley db start` runs it, and says how to look inside.")


def _way_inside(folder: Folder) -> str:
    """The command that reaches the server with psql."""
    password = folder.root / "password"
    return f"PGPASSWORD=\"$(cat '{password}')\" '{program('psql')}' -h '{folder.socket_dir}' -U parley parley"


@db.command("backup")
def backup(
    file: Annotated[Path, typer.Argument(help="The file to write; it must not exist")], data_dir: DataDir = None
) -> None:
    """Copy the whole database into one file, for `pg_restore`."""
    settings = settings_of(data_dir=data_dir)
    with reach(settings) as url:
        back_up(url, file)
    say(f"{file}: {file.stat().st_size / 1024:,.0f} KiB")


@db.command("check")
def check(data_dir: DataDir = None) -> None:
    """Compare what the database derives and stores (states of demands, days of known_by) with the rules."""
    if _is_wrong(derived_values.check, data_dir):
        say("`parley db repair` derives them again.")
        raise typer.Exit(1)


@db.command("repair")
def repair(data_dir: DataDir = None) -> None:
    """Derive again what `parley db check` finds wrong, in one revision."""
    say("Repaired." if _is_wrong(derived_values.repair, data_dir) else "Nothing to repair.")


def _is_wrong(look: Callable[[AsyncEngine], Awaitable[list[derived_values.Finding]]], data_dir: Path | None) -> bool:
    """Print what a look at the derived tables finds; whether anything is wrong."""
    settings = settings_of(data_dir=data_dir)
    with reach(settings) as url:
        found = on_ledger(url, settings, look)
    for finding in found:
        say(f"{finding.wrong:>8,} {finding.what}")
    return any(finding.wrong for finding in found)
