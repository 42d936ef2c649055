"""`parley serve`, `migrate` and `load`: prepare the database, and serve the API."""

import asyncio
from typing import Annotated

import typer
from sqlalchemy.ext.asyncio import AsyncEngine

from app.cli.session import DataDir, load_settings, run_with_engine
from app.ingest.dossiers import load_dossiers
from app.runtime.bootstrap import provide_database, writer_over
from app.runtime.console import Steps, print_line
from app.runtime.ledger import migrate as migrate_schema
from app.runtime.serving import serve as run_server


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on [default: 127.0.0.1]")] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="Port to listen on; 0 = any free port [default: 8000]")
    ] = None,
    workers: Annotated[int | None, typer.Option(min=1, max=64, help="Number of worker processes [default: 1]")] = None,
    empty: Annotated[bool, typer.Option("--empty", help="Do not load the bundled dossiers.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Serve the API until Ctrl-C. The first start creates the embedded database and loads the bundled dossiers."""
    run_server(load_settings(host=host, port=port, workers=workers, data_dir=data_dir), empty=empty)


def migrate(data_dir: DataDir = None) -> None:
    """Migrate the schema of the database to this version."""
    settings = load_settings(data_dir=data_dir)
    with Steps() as steps, provide_database(settings, steps) as url:
        asyncio.run(migrate_schema(url, steps))
        steps.done()
    print_line("The schema is up to date.")


def load(
    names: Annotated[list[str] | None, typer.Argument(help="Slugs of dossiers [default: all]")] = None,
    data_dir: DataDir = None,
) -> None:
    """Load the bundled dossiers that are missing from the database or have changed."""
    settings = load_settings(data_dir=data_dir)
    with Steps() as steps, provide_database(settings, steps) as url:

        async def work(engine: AsyncEngine) -> int:
            loaded = await load_dossiers(writer_over(engine), steps, names or None)
            steps.done()
            for one in loaded:
                print_line(f"{one.slug}: " + (f"revision {one.revision}" if one.revision else "nothing new"))
            return len(loaded)

        if not run_with_engine(url, settings, work, steps):
            print_line("Nothing to load: the dossiers are already in the database.")
