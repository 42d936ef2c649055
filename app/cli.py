"""The command `parley`: serve, migrate, load, import, bulk, export, release, keys, db, openapi, explain, version.

All of them work with the database that DATABASE_URL names and, without it, with the embedded server: they join it
where it runs, start it where it does not, and the last one to go stops it. What goes wrong is one line, not a
traceback.
"""

import asyncio
import json
import os
import signal
import sys
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, TypeVar

import asyncpg
import typer
from pydantic import ValidationError
from rich.console import Console
from rich.table import Table
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from app.db import embedded
from app.db.backup import back_up
from app.db.embedded_cluster import program
from app.db.embedded_folder import Folder
from app.db.vocabulary import Scope
from app.faults import Fault, ProblemKind, Refused
from app.ingest.dossier import take
from app.ingest.dossier_export import Exported
from app.ingest.dossier_export import export as export_process
from app.ingest.dossier_forms import DossierForm, form_of_file, read_file
from app.ingest.dossiers import EDITOR
from app.ingest.dossiers import load as load_dossiers
from app.ingest.local import import_file
from app.ingest.order import ImportMode, OnError, Order
from app.ingest.profiles.shipped import profile_at
from app.ingest.report import Counts, Ending, LineWarning, Summary
from app.ingest.workbook import SheetBounds
from app.ledger import connect
from app.ledger import migrate as migrate_schema
from app.lifeline import collect_less, take_turns
from app.opening import engine_at, make_ready, reach, writer_over
from app.serving import CannotServeError
from app.serving import serve as run_server
from app.settings import Settings, get_settings
from app.telling import Meter, Steps, complain, say
from app.version import VERSION
from app.web.access import digest, new_secret
from app.writing.keys import create_key, list_keys, revoke_key

T = TypeVar("T")
#: How many faults of a refused dossier are told; the rest is counted.
FAULTS_TOLD = 20

cli = typer.Typer(
    help="Parley, the negotiation-events database. Settings come from the environment (see the README).",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
keys = typer.Typer(help="Keys to the API.", no_args_is_help=True)
db = typer.Typer(help="The embedded PostgreSQL, and backups of any.", no_args_is_help=True)
cli.add_typer(keys, name="keys")
cli.add_typer(db, name="db")

DataDir = Annotated[
    Path | None, typer.Option("--data-dir", help="Folder of the embedded server [env: PARLEY_DATA_DIR]")
]

FromProfile = Annotated[
    str | None, typer.Option("--profile", help="Mapping profile of another data set: its name, as mend, or a YAML file")
]


@cli.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on [default: 127.0.0.1]")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Port; 0 = any free one [default: 8000]")] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, max=64, help="Processes that answer requests [default: 1]")
    ] = None,
    empty: Annotated[bool, typer.Option("--empty", help="Load no bundled dossiers.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Serve the API until Ctrl-C; the first start makes and fills the embedded database."""
    run_server(_settings(host=host, port=port, workers=workers, data_dir=data_dir), empty=empty)


@cli.command()
def migrate(data_dir: DataDir = None) -> None:
    """Bring the database's schema up to this version."""
    settings = _settings(data_dir=data_dir)
    with Steps() as steps, reach(settings, steps) as url:
        asyncio.run(migrate_schema(url, steps))
        steps.done()
    say("The schema is up to date.")


@cli.command()
def load(
    names: Annotated[list[str] | None, typer.Argument(help="Slugs of dossiers; without any, all")] = None,
    data_dir: DataDir = None,
) -> None:
    """Load the bundled dossiers that the database does not hold in their present state."""
    settings = _settings(data_dir=data_dir)
    with Steps() as steps, reach(settings, steps) as url:

        async def work(engine: AsyncEngine) -> int:
            loaded = await load_dossiers(writer_over(engine), steps, names or None)
            steps.done()
            for one in loaded:
                say(f"{one.slug}: " + (f"revision {one.revision}" if one.revision else "nothing new"))
            return len(loaded)

        if not _on_ledger(url, settings, work, steps):
            say("Nothing to load: the database holds the dossiers already.")


@cli.command("import")
def import_(
    files: Annotated[
        list[str], typer.Argument(help="Dossiers in JSON or YAML, - reads standard input; with --profile tables")
    ],
    profile: FromProfile = None,
    on_error: Annotated[
        OnError, typer.Option(help="With --profile: what a faulty row does to the others")
    ] = OnError.ABORT,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check all and say what would change.")] = False,
    message: Annotated[str | None, typer.Option(help="Why: kept with the revision")] = None,
    data_dir: DataDir = None,
) -> None:
    """Take dossiers from files, in their order: each is one transaction and one revision, or nothing at all.

    With --profile the files are tables of another data set (.csv, .xlsx), taken as `bulk` does."""
    settings = _settings(data_dir=data_dir)
    if profile is not None:
        order = Order(ImportMode.MERGE, on_error, dry_run, "parley import", message, profile=profile_at(profile))
        for file in files:
            _take_records(Path(file), None, order, settings)
        return
    if on_error is not OnError.ABORT:
        raise Refused(ProblemKind.INVALID, "A dossier is taken whole or not at all; --on-error goes with --profile.")
    with Steps() as steps, reach(settings, steps) as url:

        async def work(engine: AsyncEngine) -> None:
            for place, file in enumerate(files, 1):
                steps(f"Taking dossier {place} of {len(files)}: {file}")
                sent, content = read_file(file)
                taken = await take(writer_over(engine), sent, content, editor=EDITOR, message=message, dry_run=dry_run)
                steps.done()
                done = ", ".join(f"{count} {what}" for what, count in taken.counts.items() if count)
                revision = f"revision {taken.revision}" if taken.revision else "dry run" if dry_run else "nothing new"
                say(f"{taken.slug}: {revision} ({done})")

        _on_ledger(url, settings, work, steps)


@cli.command()
def export(
    process: Annotated[str, typer.Argument(help="Slug, id or scheme:value of the process")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Where to write [default: standard output]")
    ] = None,
    form: Annotated[
        DossierForm | None, typer.Option("--format", help="Form [default: as the file's name ends, else json]")
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Write a process with all that belongs to it as a dossier, which another ledger can import."""
    settings = _settings(data_dir=data_dir)

    async def work(engine: AsyncEngine) -> Exported:
        return await export_process(writer_over(engine), process, settings.dossier_records_max)

    with reach(settings) as url:
        found = _on_ledger(url, settings, work)
    content = (form or form_of_file(str(output or ""))).write(found.document)
    if output is None:
        sys.stdout.write(content.decode())
    else:
        output.write_bytes(content)


@cli.command()
def bulk(
    file: Annotated[
        Path, typer.Argument(help="NDJSON or CSV, packed with gzip or not, or .xlsx", exists=True, dir_okay=False)
    ],
    collection: Annotated[str | None, typer.Option(help="The collection of all records; a table needs it")] = None,
    profile: FromProfile = None,
    mode: Annotated[ImportMode, typer.Option(help="How a line stands to a stored record")] = ImportMode.MERGE,
    on_error: Annotated[OnError, typer.Option(help="What a faulty line does to the others")] = OnError.ABORT,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check and warn, and write nothing.")] = False,
    message: Annotated[str | None, typer.Option(help="Why: kept with each revision")] = None,
    editor: Annotated[str, typer.Option(help="Whose name the revisions bear")] = "parley bulk",
    data_dir: DataDir = None,
) -> None:
    """Import a file of records, as POST /v1/imports does; its faults and warnings go to standard error."""
    mapping = profile_at(profile) if profile is not None else None
    if mapping is not None and collection is not None:
        raise Refused(ProblemKind.INVALID, "A profile says itself of which collections it makes records.")
    order = Order(mode, on_error, dry_run, editor, message, profile=mapping)
    _take_records(file, collection, order, _settings(data_dir=data_dir))


def _take_records(file: Path, collection: str | None, order: Order, settings: Settings) -> None:
    """Import one file of records, with a bar, and tell what came of it."""
    from app.rooms import COLLECTIONS  # As with `openapi`: it needs every room.

    shown = {one.name: one.readable.detail for one in COLLECTIONS}
    bounds = SheetBounds(settings.import_max_bytes, settings.max_body_bytes)
    size = file.stat().st_size
    collect_less()
    take_turns()
    with Steps() as steps, reach(settings, steps) as url:

        async def work(engine: AsyncEngine) -> Summary:
            writer = writer_over(engine)
            with Meter(size) as meter:

                def told(done: int, event: Counts) -> None:
                    taken = event.created + event.changed + event.unchanged
                    meter(done, f"{event.lines:,} lines, {taken:,} taken, {event.faulty:,} faulty")

                return await import_file(writer, shown, file, collection, order, bounds, told)

        summary = _on_ledger(url, settings, work, steps)
    for one in (*summary.faults, *summary.warnings):
        rule = f" [{one.rule}]" if isinstance(one, LineWarning) else ""
        place = " ".join(part for part in (f"line {one.line}", one.column, one.pointer) if part)
        complain(f"  {place}: {one.message}{f' ({one.hint})' if one.hint else ''}{rule}")
    if left := summary.faults_not_listed + summary.warnings_not_listed:
        complain(f"  and {left} more")
    say(
        f"{summary.created} created, {summary.changed} changed, {summary.unchanged} unchanged, {summary.faulty} faulty."
    )
    if summary.ending is not Ending.COMPLETE:
        raise Refused(ProblemKind.INVALID, summary.detail)


@cli.command()
def release(
    name: Annotated[str, typer.Argument(help="Its name for ever: year and number, as 2026.1")],
    licence: Annotated[str, typer.Option(help="Licence of the data by its SPDX id, as CC-BY-4.0")],
    creator: Annotated[
        list[str], typer.Option(help="Who is to be cited: 'Family, Given', or an organisation; may be repeated")
    ],
    as_of: Annotated[str | None, typer.Option(help="Revision or instant [default: the newest]")] = None,
    title: Annotated[str | None, typer.Option(help="Title of the data set [default: Negotiation events]")] = None,
    note: Annotated[str | None, typer.Option(help="What is to be said of it")] = None,
    licence_url: Annotated[str | None, typer.Option(help="Where the licence stands, if it is not a usual one")] = None,
    publisher: Annotated[str | None, typer.Option(help="Who publishes it")] = None,
    doi: Annotated[str | None, typer.Option(help="Its DOI, as 10.5281/zenodo.1234567")] = None,
    url: Annotated[str | None, typer.Option(help="Page about it")] = None,
    editor: Annotated[str, typer.Option(help="Who makes it")] = "parley release",
    data_dir: DataDir = None,
) -> None:
    """Give the ledger's state a name for ever and publish its files, as POST /v1/releases does."""
    from app.releases.making import count_rows, make_release, read_order  # As with `openapi`: they need every room.
    from app.rooms import COLLECTIONS

    said = {
        "name": name, "licence": licence, "creators": [{"name": one} for one in creator], "as_of": as_of, "note": note,
        "title": title, "licence_url": licence_url, "publisher": publisher, "doi": doi, "url": url,
    }  # fmt: skip
    order = read_order({key: value for key, value in said.items() if value is not None})
    settings = _settings(data_dir=data_dir)
    take_turns()

    async def work(url: str) -> int | None:
        await make_ready(url, settings, steps)
        steps.done()
        async with connect(url, settings, COLLECTIONS) as ledger:
            total = await count_rows(ledger.reader, COLLECTIONS, order)
            with Meter(total) as meter:

                def told(collection: str, rows: int) -> None:
                    meter(rows, f"{rows:,} of {total:,} records, {collection}")

                made = await make_release(ledger.reader, ledger.writer, COLLECTIONS, order, editor=editor, told=told)
            return made.revision

    with Steps() as steps, reach(settings, steps) as database:
        revision = asyncio.run(work(database))
    say(f"Release {name} is revision {revision}: /v1/releases/{name}")


@cli.command()
def openapi(
    file: Annotated[Path | None, typer.Argument(help="Where to write; without it, standard output")] = None,
) -> None:
    """Write the OpenAPI document; needs no database."""
    from app.main import app  # Only this command needs every room, and they take a second.

    text = json.dumps(app.openapi(), ensure_ascii=False, indent=2) + "\n"
    if file is None:
        sys.stdout.write(text)
    else:
        file.write_text(text, encoding="utf-8")


@cli.command()
def explain(
    url: Annotated[str, typer.Argument(help="Address of the API, whole or from /v1 on; quote it for the shell")],
    analyze: Annotated[
        bool, typer.Option("--analyze/--no-analyze", help="Run it and tell times and buffers, or only estimate.")
    ] = True,
    as_json: Annotated[bool, typer.Option("--json", help="Answer in JSON.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Print the SQL with which a GET is answered, its values, and PostgreSQL's plan; writes nothing."""
    from app.explain import explain as explained  # As with `openapi`: it needs every room.

    settings = _settings(data_dir=data_dir)
    with reach(settings) as database:
        asyncio.run(make_ready(database, settings))
        found = asyncio.run(explained(database, settings, url, analyze=analyze))
    say(found.as_json() if as_json else found.as_text())
    if found.problem:
        faults = [Fault(**fault) for fault in found.problem["errors"]]
        raise Refused(ProblemKind.INVALID, found.problem["detail"], faults)


@cli.command()
def version() -> None:
    """Say which version this is."""
    say(f"parley {VERSION}")


# --- keys


@keys.command("create")
def create(
    name: Annotated[str, typer.Argument(help="Who the key is for; no two keys have the same name")],
    scope: Annotated[list[Scope], typer.Option(help="What it may do; may be repeated")],
    data_dir: DataDir = None,
) -> None:
    """Make a key and print it. It is shown this once: only its digest is kept."""
    settings = _settings(data_dir=data_dir)
    if not name.strip() or len(name) > 200:
        raise CannotServeError("A key's name has 1 to 200 characters.")
    secret = new_secret()

    async def work(engine: AsyncEngine) -> None:
        await create_key(engine, name.strip(), sorted(set(scope)), digest(secret))

    with reach(settings) as url:
        _on_ledger(url, settings, work)
    say(secret)
    if sys.stderr.isatty():
        complain("Keep it now; it is not shown again.")


@keys.command("list")
def list_(data_dir: DataDir = None) -> None:
    """List all keys, also those that were revoked."""
    settings = _settings(data_dir=data_dir)
    with reach(settings) as url:
        found = _on_ledger(url, settings, list_keys)
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
    settings = _settings(data_dir=data_dir)

    async def work(engine: AsyncEngine) -> bool:
        return await revoke_key(engine, name)

    with reach(settings) as url:
        if not _on_ledger(url, settings, work):
            raise CannotServeError(f"No valid key is named {name!r}; see `parley keys list`.")
    say(f"The key {name!r} is revoked.")


# --- the embedded server


@db.command("start")
def start(data_dir: DataDir = None) -> None:
    """Run the embedded server until Ctrl-C, for tools that want to look inside."""
    settings = _settings(data_dir=data_dir)
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    with Steps() as steps, embedded.start(settings.data_dir, progress=steps):
        steps.done()
        folder = Folder.at(settings.data_dir)
        say(f"PostgreSQL runs in {folder.root}. To look inside:")
        password = folder.root / "password"
        say(f"  PGPASSWORD=\"$(cat '{password}')\" '{program('psql')}' -h '{folder.socket_dir}' -U parley parley")
        say("Ctrl-C stops it, unless others use it.")
        stopped.wait()


@db.command("stop")
def stop(data_dir: DataDir = None) -> None:
    """Stop the embedded server at once; processes that use it lose it."""
    was_running = embedded.stop(_settings(data_dir=data_dir).data_dir)
    say("Stopped." if was_running else "It did not run.")


@db.command("status")
def status(data_dir: DataDir = None) -> None:
    """Say whether the embedded server runs, and where its data is."""
    settings = _settings(data_dir=data_dir)
    found = embedded.status(settings.data_dir)
    use = "in use" if found.in_use else "in use by nobody"
    say(f"PostgreSQL runs (process {found.pid}), {use}." if found.is_running else "PostgreSQL does not run.")
    say(f"Data folder: {settings.data_dir}")


@db.command("backup")
def backup(
    file: Annotated[Path, typer.Argument(help="The file to write; it must not exist")], data_dir: DataDir = None
) -> None:
    """Copy the whole database into one file, for `pg_restore`."""
    settings = _settings(data_dir=data_dir)
    with reach(settings) as url:
        back_up(url, file)
    say(f"{file}: {file.stat().st_size / 1024:,.0f} KiB")


# --- what the commands share


def _settings(**options: object) -> Settings:
    """The settings with these options, which go into the environment: workers are to read the same."""
    for name, value in options.items():
        if value is not None:
            os.environ[f"PARLEY_{name.upper()}"] = str(value)
    get_settings.cache_clear()
    return get_settings()


def _on_ledger(
    url: str,
    settings: Settings,
    work: Callable[[AsyncEngine], Awaitable[T]],
    steps: Steps | None = None,
) -> T:
    """Do `work` on a database whose schema is this version's."""

    async def run() -> T:
        await make_ready(url, settings, steps or (lambda _: None))
        async with engine_at(url) as engine:
            return await work(engine)

    return asyncio.run(run())


def main() -> None:
    """Run the command of the arguments. What is wrong is told in one line, and the exit code is 1."""
    try:
        cli()
    except Refused as refused:
        complain(f"parley: {refused.detail}")
        for fault in refused.faults[:FAULTS_TOLD]:
            hint = f" ({fault.hint})" if fault.hint else ""
            complain(f"  {fault.pointer or fault.parameter or ''}: {fault.message}{hint}")
        if len(refused.faults) > FAULTS_TOLD:
            complain(f"  and {len(refused.faults) - FAULTS_TOLD} more")
    except ValidationError as error:
        for wrong in error.errors(include_url=False, include_input=False):
            place = str(wrong["loc"][0]) if wrong["loc"] else "settings"
            name = place if place.isupper() else f"PARLEY_{place.upper()}"
            complain(f"parley: {name}: {wrong['msg']}")
    except (embedded.EmbeddedError, CannotServeError) as error:
        complain(f"parley: {error}")
    except SQLAlchemyError as error:
        complain(f"parley: the database refused: {_first_line(getattr(error, 'orig', None) or error)}")
    except asyncpg.PostgresError as error:
        complain(f"parley: the database refused: {_first_line(error)}")
    except OSError as error:
        complain(f"parley: {_first_line(error)}")
    else:
        return
    sys.exit(1)


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
