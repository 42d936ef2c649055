"""`parley import`, `bulk`, `export`: files on their way in and out."""

import sys
from collections.abc import AsyncGenerator, Iterator
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.ext.asyncio import AsyncEngine

from app.cli.session import DataDir, on_ledger, settings_of
from app.errors import ApiError, ProblemType
from app.ingest.dossier import take
from app.ingest.dossier_export import export as export_process
from app.ingest.dossier_formats import STDIN, DossierForm, form_of_file, read_file
from app.ingest.dossiers import EDITOR
from app.ingest.garbage_collection import collect_less
from app.ingest.import_options import ImportMode, OnError, Order
from app.ingest.local_files import FileForm, import_file, is_bibliography
from app.ingest.profiles.catalog import profile_at
from app.ingest.profiles.schema import Profile
from app.ingest.report import Counts, Ending, LineWarning, Summary
from app.ingest.whole_ledger import open_whole
from app.ingest.workbook import SheetBounds
from app.runtime.bootstrap import reach, writer_over
from app.runtime.console import Meter, Steps, complain, say
from app.runtime.worker import take_turns
from app.settings import Settings
from app.web.streaming import Chunks

#: Faults and warnings that are read one by one; of more a table is shown, too.
_FEW = 20

FromProfile = Annotated[
    str | None, typer.Option("--profile", help="Mapping profile of another data set: its name, as mend, or a YAML file")
]


MaxRemoved = Annotated[
    float,
    typer.Option(
        "--max-removed",
        min=0,
        max=100,
        help="With --profile: percent of its records that a newer file may lack before it counts as truncated",
    ),
]


def import_(
    files: Annotated[
        list[str],
        typer.Argument(
            help="Dossiers in JSON or YAML, - reads standard input; with --profile tables; or bibliographies: .ris, .bib, .json"
        ),
    ],
    profile: FromProfile = None,
    on_error: Annotated[
        OnError, typer.Option(help="Of tables and bibliographies: what a faulty row or entry does to the others")
    ] = OnError.ABORT,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check all and say what would change.")] = False,
    max_removed: MaxRemoved = 5.0,
    message: Annotated[str | None, typer.Option(help="Why: kept with the revision")] = None,
    data_dir: DataDir = None,
) -> None:
    """Take dossiers from files, in their order: each is one transaction and one revision, or nothing at all.

    With --profile the files are tables of another data set (.csv, .xlsx), taken as `bulk` does. So are bibliographies: RIS
    (.ris), BibTeX (.bib) and CSL-JSON (.json with an array), as Zotero exports them; each entry becomes a source."""
    settings = settings_of(data_dir=data_dir)
    bibliographies = [file for file in files if is_bibliography(file)]
    if profile is not None or bibliographies:
        if profile is None and len(bibliographies) < len(files):
            raise ApiError(
                ProblemType.INVALID, "Dossiers and bibliographies are taken by a command each; name them apart."
            )
        mapping = _profile_at(profile) if profile is not None else None
        order = Order(
            ImportMode.MERGE, on_error, dry_run, "parley import", message, max_removed=max_removed, profile=mapping
        )
        for file in files:
            _take_records(file, None, order, settings)
        return
    if on_error is not OnError.ABORT:
        detail = "A dossier is taken whole or not at all; --on-error goes with --profile, and with bibliographies."
        raise ApiError(ProblemType.INVALID, detail)
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

        on_ledger(url, settings, work, steps)


def bulk(
    file: Annotated[
        str,
        typer.Argument(
            help="NDJSON, CSV, .xlsx, or a bibliography (.json with CSL-JSON, .ris, .bib), packed with gzip or not; - reads"
            " standard input"
        ),
    ],
    collection: Annotated[str | None, typer.Option(help="The collection of all records; a table needs it")] = None,
    form: Annotated[
        FileForm | None,
        typer.Option("--format", help="Form of the file [default: as its name ends, else as it begins]"),
    ] = None,
    profile: FromProfile = None,
    mode: Annotated[ImportMode, typer.Option(help="How a line stands to a stored record")] = ImportMode.MERGE,
    on_error: Annotated[OnError, typer.Option(help="What a faulty line does to the others")] = OnError.ABORT,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check and warn, and write nothing.")] = False,
    max_removed: MaxRemoved = 5.0,
    message: Annotated[str | None, typer.Option(help="Why: kept with each revision")] = None,
    editor: Annotated[str, typer.Option(help="Whose name the revisions bear")] = "parley bulk",
    data_dir: DataDir = None,
) -> None:
    """Import a file of records, as POST /v1/imports does; its faults and warnings go to standard error."""
    mapping = _profile_at(profile) if profile is not None else None
    if mapping is not None and collection is not None:
        raise ApiError(ProblemType.INVALID, "A profile says itself of which collections it makes records.")
    order = Order(mode, on_error, dry_run, editor, message, max_removed=max_removed, profile=mapping)
    _take_records(file, collection, order, settings_of(data_dir=data_dir), form)


def _profile_at(name: str) -> Profile:
    from app.registry import WRITE_SPECS

    return profile_at(name, {kind.collection: kind for kind in WRITE_SPECS})


def _take_records(
    name: str, collection: str | None, order: Order, settings: Settings, form: FileForm | None = None
) -> None:
    """Import one file of records, or standard input, with a bar, and tell what came of it."""
    from app.registry import RESOURCES

    shown = {one.name: one.read_spec.detail for one in RESOURCES}
    bounds = SheetBounds(settings.import_max_bytes, settings.max_body_bytes)
    file = None if name == STDIN else Path(name)
    size = file.stat().st_size if file is not None else None
    collect_less()
    take_turns()
    with Steps() as steps, reach(settings, steps) as url:

        async def work(engine: AsyncEngine) -> Summary:
            writer = writer_over(engine)
            with Meter(size) as meter:

                def told(done: int, event: Counts) -> None:
                    taken = event.created + event.changed + event.unchanged
                    meter(done, f"{event.lines:,} lines, {taken:,} taken, {event.faulty:,} faulty")

                return await import_file(writer, shown, file, collection, order, bounds, told, form)

        summary = on_ledger(url, settings, work, steps)
    for one in (*summary.faults, *summary.warnings):
        rule = f" [{one.rule}]" if isinstance(one, LineWarning) else ""
        place = " ".join(part for part in (f"line {one.line}", one.column, one.pointer) if part)
        complain(f"  {place}: {one.message}{f' ({one.hint})' if one.hint else ''}{rule}")
    if left := summary.faults_not_listed + summary.warnings_not_listed:
        complain(f"  and {left} more")
    for gone in summary.removed:
        complain(
            f"  {gone.collection}/{gone.slug}: {gone.how}{f', {gone.why}' if gone.why else ''} [no longer in the file]"
        )
    if summary.removed_not_listed:
        complain(f"  and {summary.removed_not_listed} more that the file no longer has")
    if summary.removal is not None:
        complain(summary.removal)
    if len(summary.faults) + summary.warned > _FEW:
        for row in _counted(summary):
            complain(f"  {row}")
    say(
        f"{summary.created} created, {summary.changed} changed, {summary.unchanged} unchanged, {summary.faulty} faulty."
    )
    if summary.emptied or summary.withdrawn:
        say(f"No longer in the file: {summary.withdrawn} withdrawn, {summary.emptied} emptied in part.")
    if summary.ending is not Ending.COMPLETE:
        raise ApiError(ProblemType.INVALID, summary.detail)


def _counted(summary: Summary) -> Iterator[str]:
    """The faults and warnings by rule and column, as the rows of a table."""
    rows = [("count", "rule", "column")]
    rows += [(f"{one.count:,}", "fault", one.column or one.pointer or "") for one in summary.fault_counts]
    rows += [(f"{one.count:,}", one.rule, one.column or "") for one in summary.warning_counts]
    first, second = (max(len(row[place]) for row in rows) for place in (0, 1))
    yield from (f"{count:>{first}}  {rule:<{second}}  {column}".rstrip() for count, rule, column in rows)


def export(
    process: Annotated[str | None, typer.Argument(help="Slug, id or scheme:value of the process")] = None,
    is_whole: Annotated[bool, typer.Option("--all", help="The whole ledger instead of one process.")] = False,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Where to write [default: standard output]")
    ] = None,
    form: Annotated[
        DossierForm | None, typer.Option("--format", help="Form [default: as the file's name ends, else json]")
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Write a process with all that belongs to it, or the whole ledger, as a dossier, which another ledger can import."""
    if (process is None) is not is_whole:
        raise ApiError(ProblemType.INVALID, "Name a process, or say --all; not both.")
    settings = settings_of(data_dir=data_dir)
    chosen = form or form_of_file(str(output or ""))

    async def work(engine: AsyncEngine) -> None:
        writer = writer_over(engine)
        if process is not None:
            found = await export_process(writer, process, settings.dossier_records_max)
            await _save(_once(chosen.write(found.document)), output)
        else:
            await _save(await open_whole(writer, chosen), output)

    with reach(settings) as url:
        on_ledger(url, settings, work)


async def _once(content: bytes) -> AsyncGenerator[bytes]:
    yield content


async def _save(chunks: Chunks, output: Path | None) -> None:
    """Write the chunks to a file, or to standard output, and let go of what they hold."""
    try:
        if output is None:
            async for chunk in chunks:
                sys.stdout.write(chunk.decode())
            return
        with output.open("wb") as file:
            async for chunk in chunks:
                file.write(chunk)
    finally:
        await chunks.aclose()
