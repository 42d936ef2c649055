"""`parley db`: controls the embedded PostgreSQL server, and backs up, checks and repairs any database."""

import signal
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from app.cli.session import DataDir, load_settings, run_with_engine
from app.db import derived_values
from app.db.roles import READER, WRITER, create_roles
from app.errors import quoted
from app.postgres import embedded
from app.postgres.backup import back_up
from app.postgres.cluster import program
from app.postgres.folder import Folder
from app.runtime.bootstrap import provide_database
from app.runtime.console import CommandError, Steps, print_line

db = typer.Typer(help="Control the embedded PostgreSQL; back up, check or repair any database.", no_args_is_help=True)


@db.command("start")
def start(data_dir: DataDir = None) -> None:
    """Run the embedded server until Ctrl-C, so that other programs can connect to it."""
    settings = load_settings(data_dir=data_dir)
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    with Steps() as steps, embedded.start(settings.data_dir, progress=steps):
        steps.done()
        folder = Folder.at(settings.data_dir)
        print_line(f"PostgreSQL is running in {folder.root}. To connect with psql:")
        print_line(f"  {_psql_command(folder)}")
        print_line("Press Ctrl-C to stop it, unless other processes use it.")
        stopped.wait()


@db.command("stop")
def stop(data_dir: DataDir = None) -> None:
    """Stop the embedded server immediately, even if other processes are connected to it."""
    was_running = embedded.stop(load_settings(data_dir=data_dir).data_dir)
    print_line("Stopped." if was_running else "The server was not running.")


@db.command("status")
def status(data_dir: DataDir = None) -> None:
    """Show whether the embedded server is running, and where its data are."""
    settings = load_settings(data_dir=data_dir)
    found = embedded.status(settings.data_dir)
    use = "in use" if found.in_use else "not in use"
    print_line(
        f"PostgreSQL is running (process {found.pid}), {use}." if found.is_running else "PostgreSQL is not running."
    )
    print_line(f"Data folder: {settings.data_dir}")
    if found.is_running:
        print_line("To connect with psql while it is running:")
        print_line(f"  {_psql_command(Folder.at(settings.data_dir))}")
    else:
        print_line("Run `parley db start` to start it and to see how to connect.")


def _psql_command(folder: Folder) -> str:
    """The shell command that connects to the server with psql."""
    password = folder.root / "password"
    return f'PGPASSWORD="$(cat {quoted(password)})" {quoted(program("psql"))} -h {quoted(folder.socket_dir)} -U parley parley'


@db.command("backup")
def backup(
    file: Annotated[Path, typer.Argument(help="File to write; it must not exist")], data_dir: DataDir = None
) -> None:
    """Back up the whole database to one file, for `pg_restore`."""
    settings = load_settings(data_dir=data_dir)
    with provide_database(settings) as url:
        back_up(url, file)
    print_line(f"{file}: {file.stat().st_size / 1024:,.0f} KiB")


@db.command("roles")
def roles(
    writer_password: Annotated[str, typer.Option(envvar="PARLEY_WRITER_PASSWORD", help="Password of `parley_writer`")],
    reader_password: Annotated[str, typer.Option(envvar="PARLEY_READER_PASSWORD", help="Password of `parley_reader`")],
    data_dir: DataDir = None,
) -> None:
    """Create the roles `parley_writer` and `parley_reader`, or set their passwords, and give them their rights."""
    settings = load_settings(data_dir=data_dir)
    if not settings.database_url:
        raise CommandError("The embedded server has these roles already. Set `DATABASE_URL` to your own server.")
    passwords = {WRITER: writer_password, READER: reader_password}

    async def work(engine: AsyncEngine) -> None:
        try:
            async with engine.begin() as connection:
                await create_roles(connection, passwords, renew=True)
        except DBAPIError as error:
            reason = str(error.orig).splitlines()[0]
            raise CommandError(f"The role of `DATABASE_URL` cannot create roles or give rights: {reason}.") from None

    with provide_database(settings) as url:
        run_with_engine(url, settings, work)
    print_line(f"{WRITER} and {READER} have their rights; use them in DATABASE_URL and DATABASE_READER_URL.")


@db.command("check")
def check(data_dir: DataDir = None) -> None:
    """Check that stored derived values (states of demands, dates of `known_by`) match the rules."""
    if _report(derived_values.check, data_dir):
        print_line("Run `parley db repair` to recalculate them.")
        raise typer.Exit(1)


@db.command("repair")
def repair(data_dir: DataDir = None) -> None:
    """Recalculate the values that `parley db check` reports as wrong, in one revision."""
    print_line("Repaired." if _report(derived_values.repair, data_dir) else "Nothing to repair.")


def _report(examine: Callable[[AsyncEngine], Awaitable[list[derived_values.WrongRows]]], data_dir: Path | None) -> bool:
    """Run a check or repair, print its findings, and return whether anything was wrong."""
    settings = load_settings(data_dir=data_dir)
    with provide_database(settings) as url:
        found = run_with_engine(url, settings, examine)
    for finding in found:
        print_line(f"{finding.wrong:>8,} {finding.what}")
    return any(finding.wrong for finding in found)
