"""The commands `parley serve`, `migrate`, `load`, `openapi`, `explain` and `version`."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.ext.asyncio import AsyncEngine

from app.cli.session import DataDir, load_settings, run_with_engine
from app.errors import ApiError, ProblemType, Violation
from app.ingest.dossiers import load_dossiers
from app.runtime.bootstrap import ensure_schema, provide_database, writer_over
from app.runtime.console import Steps, print_line
from app.runtime.ledger import migrate as migrate_schema
from app.runtime.serving import serve as run_server
from app.version import VERSION


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


def openapi(
    file: Annotated[Path | None, typer.Argument(help="File to write [default: standard output]")] = None,
) -> None:
    """Write the OpenAPI document. Needs no database."""
    from app.main import app  # Imported here: importing every package takes a second.

    text = json.dumps(app.openapi(), ensure_ascii=False, indent=2) + "\n"
    if file is None:
        sys.stdout.write(text)
    else:
        file.write_text(text, encoding="utf-8")


def explain(
    url: Annotated[str, typer.Argument(help="URL of the API, complete or starting with /v1; quote it for the shell")],
    analyze: Annotated[
        bool,
        typer.Option(
            "--analyze/--no-analyze", help="Run the statements and show times and buffers, or show only estimates."
        ),
    ] = True,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Print the SQL statements of a GET request, their values, and their PostgreSQL plans. Writes nothing."""
    from app.cli.explain_plan import (
        explain as explain_request,  # Imported here, as in `openapi`: it imports every package.
    )

    settings = load_settings(data_dir=data_dir)
    with provide_database(settings) as database:
        asyncio.run(ensure_schema(database, settings))
        found = asyncio.run(explain_request(database, settings, url, analyze=analyze))
    print_line(found.as_json() if as_json else found.as_text())
    if found.problem:
        violations = [Violation(**violation) for violation in found.problem["errors"]]
        raise ApiError(ProblemType.INVALID, found.problem["detail"], violations)


def version() -> None:
    """Print the version of Parley."""
    print_line(f"parley {VERSION}")
