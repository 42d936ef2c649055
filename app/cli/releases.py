"""`parley release`."""

import asyncio
from typing import Annotated

import typer

from app.cli.ground import DataDir, settings_of
from app.ledger import connect
from app.lifeline import collect_less, take_turns
from app.opening import make_ready, reach
from app.telling import Meter, Steps, say


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
    from app.releases.making import count_rows, make_release, parse_release  # As with `openapi`: they need every room.
    from app.rooms import COLLECTIONS

    said = {
        "name": name, "licence": licence, "creators": [{"name": one} for one in creator], "as_of": as_of, "note": note,
        "title": title, "licence_url": licence_url, "publisher": publisher, "doi": doi, "url": url,
    }  # fmt: skip
    order = parse_release({key: value for key, value in said.items() if value is not None})
    settings = settings_of(data_dir=data_dir)
    collect_less()
    take_turns()

    async def work(url: str) -> int | None:
        await make_ready(url, settings, steps)
        steps.done()
        async with connect(url, settings, COLLECTIONS) as ledger:
            total = await count_rows(ledger.reader, COLLECTIONS, order)
            with Meter(total) as meter:

                def show_progress(collection: str, rows: int) -> None:
                    meter(rows, f"{rows:,} of {total:,} records, {collection}")

                made = await make_release(
                    ledger.reader, ledger.writer, COLLECTIONS, order, editor=editor, progress=show_progress
                )
            return made.revision

    with Steps() as steps, reach(settings, steps) as database:
        revision = asyncio.run(work(database))
    say(f"Release {name} is revision {revision}: /v1/releases/{name}")
