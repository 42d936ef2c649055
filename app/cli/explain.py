"""`parley explain`: prints the statements and the plans of a request."""

import asyncio
from typing import Annotated

import typer

from app.cli.explain_plan import explain as explain_request
from app.cli.session import DataDir, load_settings
from app.errors import ApiError, ProblemType, Violation
from app.runtime.bootstrap import ensure_schema, provide_database
from app.runtime.console import print_line


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
    settings = load_settings(data_dir=data_dir)
    with provide_database(settings) as database:
        asyncio.run(ensure_schema(database, settings))
        found = asyncio.run(explain_request(database, settings, url, analyze=analyze))
    print_line(found.as_json() if as_json else found.as_text())
    if found.problem:
        violations = [Violation(**violation) for violation in found.problem["errors"]]
        raise ApiError(ProblemType.INVALID, found.problem["detail"], violations)
