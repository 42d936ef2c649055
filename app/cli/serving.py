"""`parley serve`, `migrate`, `load`, `openapi`, `explain`, `version`."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.ext.asyncio import AsyncEngine

from app.cli.session import DataDir, on_ledger, settings_of
from app.errors import ApiError, ProblemType, Violation
from app.ingest.dossiers import load as load_dossiers
from app.runtime.bootstrap import make_ready, reach, writer_over
from app.runtime.console import Steps, say
from app.runtime.ledger import migrate as migrate_schema
from app.runtime.serving import serve as run_server
from app.version import VERSION


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
    run_server(settings_of(host=host, port=port, workers=workers, data_dir=data_dir), empty=empty)


def migrate(data_dir: DataDir = None) -> None:
    """Bring the database's schema up to this version."""
    settings = settings_of(data_dir=data_dir)
    with Steps() as steps, reach(settings, steps) as url:
        asyncio.run(migrate_schema(url, steps))
        steps.done()
    say("The schema is up to date.")


def load(
    names: Annotated[list[str] | None, typer.Argument(help="Slugs of dossiers; without any, all")] = None,
    data_dir: DataDir = None,
) -> None:
    """Load the bundled dossiers that the database does not hold in their present state."""
    settings = settings_of(data_dir=data_dir)
    with Steps() as steps, reach(settings, steps) as url:

        async def work(engine: AsyncEngine) -> int:
            loaded = await load_dossiers(writer_over(engine), steps, names or None)
            steps.done()
            for one in loaded:
                say(f"{one.slug}: " + (f"revision {one.revision}" if one.revision else "nothing new"))
            return len(loaded)

        if not on_ledger(url, settings, work, steps):
            say("Nothing to load: the database holds the dossiers already.")


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


def explain(
    url: Annotated[str, typer.Argument(help="Address of the API, whole or from /v1 on; quote it for the shell")],
    analyze: Annotated[
        bool, typer.Option("--analyze/--no-analyze", help="Run it and tell times and buffers, or only estimate.")
    ] = True,
    as_json: Annotated[bool, typer.Option("--json", help="Answer in JSON.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Print the SQL with which a GET is answered, its values, and PostgreSQL's plan; writes nothing."""
    from app.cli.explain_plan import explain as explained  # As with `openapi`: it needs every room.

    settings = settings_of(data_dir=data_dir)
    with reach(settings) as database:
        asyncio.run(make_ready(database, settings))
        found = asyncio.run(explained(database, settings, url, analyze=analyze))
    say(found.as_json() if as_json else found.as_text())
    if found.problem:
        violations = [Violation(**violation) for violation in found.problem["errors"]]
        raise ApiError(ProblemType.INVALID, found.problem["detail"], violations)


def version() -> None:
    """Say which version this is."""
    say(f"parley {VERSION}")
