"""`parley release`: publishes a release."""

import asyncio
from typing import Annotated

import typer

from app.cli.session import DataDir, load_settings
from app.ingest.garbage_collection import tune_garbage_collection
from app.registry import RESOURCES
from app.releases.builder import count_rows, make_release, parse_release
from app.runtime.bootstrap import ensure_schema, provide_database
from app.runtime.console import Meter, Steps, print_line
from app.runtime.ledger import connect
from app.runtime.worker import shorten_switch_interval


def release(
    name: Annotated[str, typer.Argument(help="Permanent name: year and number, such as 2026.1")],
    licence: Annotated[str, typer.Option(help="Licence of the data, as an SPDX id such as CC-BY-4.0")],
    creator: Annotated[
        list[str], typer.Option(help="Creator to cite: 'Family, Given', or an organization; may be repeated")
    ],
    as_of: Annotated[
        str | None, typer.Option(help="Revision number or instant to publish [default: newest revision]")
    ] = None,
    title: Annotated[str | None, typer.Option(help="Title of the data set [default: Negotiation events]")] = None,
    note: Annotated[str | None, typer.Option(help="Note on the release")] = None,
    licence_url: Annotated[str | None, typer.Option(help="URL of the licence, if it is not a common one")] = None,
    publisher: Annotated[str | None, typer.Option(help="Publisher")] = None,
    doi: Annotated[str | None, typer.Option(help="DOI, such as 10.5281/zenodo.1234567")] = None,
    url: Annotated[str | None, typer.Option(help="URL of a page about the release")] = None,
    editor: Annotated[str, typer.Option(help="Editor recorded for the release")] = "parley release",
    data_dir: DataDir = None,
) -> None:
    """Publish a release: give a revision a permanent name and store its files, as POST /v1/releases does."""
    fields = {
        "name": name, "licence": licence, "creators": [{"name": one} for one in creator], "as_of": as_of, "note": note,
        "title": title, "licence_url": licence_url, "publisher": publisher, "doi": doi, "url": url,
    }  # fmt: skip
    release_fields = parse_release({key: value for key, value in fields.items() if value is not None})
    settings = load_settings(data_dir=data_dir)
    tune_garbage_collection()
    shorten_switch_interval()

    async def work(url: str) -> int | None:
        await ensure_schema(url, settings, steps)
        steps.done()
        async with connect(url, settings, RESOURCES) as ledger:
            total = await count_rows(ledger.reader, RESOURCES, release_fields)
            with Meter(total) as meter:

                def show_progress(collection: str, rows: int) -> None:
                    meter(rows, f"{rows:,} of {total:,} records, {collection}")

                release = await make_release(
                    ledger.reader, ledger.writer, RESOURCES, release_fields, editor=editor, progress=show_progress
                )
            return release.revision

    with Steps() as steps, provide_database(settings, steps) as database:
        revision = asyncio.run(work(database))
    print_line(f"Release {name} is revision {revision}: /v1/releases/{name}")
