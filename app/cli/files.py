"""`parley import`, `bulk` and `export`: read and write files."""

import sys
from collections.abc import AsyncGenerator, Iterator
from pathlib import Path
from typing import Annotated, Any

import typer
from sqlalchemy.ext.asyncio import AsyncEngine

from app.cli.changes import print_changes
from app.cli.session import DataDir, load_settings, run_with_engine
from app.errors import ApiError, ProblemType
from app.ingest.dossier import import_document
from app.ingest.dossier_export import export as export_process
from app.ingest.dossier_formats import STDIN, DossierForm, form_of_file, read_file
from app.ingest.dossiers import EDITOR
from app.ingest.garbage_collection import tune_garbage_collection
from app.ingest.import_options import ImportMode, OnError, Order
from app.ingest.lint.dossiers import lint_dossier
from app.ingest.local_files import LocalFileFormat, import_file, is_bibliography
from app.ingest.profiles.catalog import profile_at
from app.ingest.profiles.schema import Profile
from app.ingest.report import Ending, LineCounts, LineWarning, Summary
from app.ingest.whole_ledger import open_whole
from app.ingest.workbooks.archive import SheetBounds
from app.registry import RESOURCES, WRITE_SPECS
from app.resources.differences import planned_changes
from app.runtime.bootstrap import provide_database, writer_over
from app.runtime.console import Meter, Steps, print_error, print_line
from app.runtime.worker import shorten_switch_interval
from app.settings import Settings
from app.web.streaming import Chunks

#: If there are more errors and warnings than this, a table of their counts is printed too.
_MAX_LISTED = 20

FromProfile = Annotated[
    str | None,
    typer.Option(
        "--profile", help="Mapping profile for the files of another data set: its name, such as mend, or a YAML file"
    ),
]


MaxRemoved = Annotated[
    float,
    typer.Option(
        "--max-removed",
        min=0,
        max=100,
        help="With --profile: percentage of records that may be missing from a newer file before it is rejected as"
        " truncated",
    ),
]


def import_(
    files: Annotated[
        list[str],
        typer.Argument(
            help="Dossiers in JSON or YAML (- = standard input); tables, with --profile; or bibliographies: .ris, .bib,"
            " .json"
        ),
    ],
    profile: FromProfile = None,
    on_error: Annotated[
        OnError, typer.Option(help="What to do if a row or entry is invalid (tables and bibliographies only)")
    ] = OnError.ABORT,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Validate everything and show what would change.")] = False,
    max_removed: MaxRemoved = 5.0,
    message: Annotated[str | None, typer.Option(help="Message of the revision")] = None,
    data_dir: DataDir = None,
) -> None:
    """Import dossiers from files, in the given order. Each dossier is imported in one transaction and one revision, or
    not at all.

    With --profile, the files are tables of another data set (.csv, .xlsx) and are imported as by `bulk`. Bibliographies
    are imported the same way, without a profile: RIS (.ris), BibTeX (.bib) and CSL-JSON (.json with an array), as
    exported by Zotero; each entry becomes a source."""
    settings = load_settings(data_dir=data_dir)
    bibliographies = [file for file in files if is_bibliography(file)]
    if profile is not None or bibliographies:
        if profile is None and len(bibliographies) < len(files):
            raise ApiError(
                ProblemType.INVALID, "Dossiers and bibliographies cannot be mixed. Import them with separate commands."
            )
        mapping = _profile_at(profile) if profile is not None else None
        order = Order(
            ImportMode.MERGE, on_error, dry_run, "parley import", message, max_removed=max_removed, profile=mapping
        )
        for file in files:
            _import_records(file, None, order, settings)
        return
    if on_error is not OnError.ABORT:
        detail = (
            "A dossier is imported as a whole, so --on-error does not apply. Use it with --profile or bibliographies."
        )
        raise ApiError(ProblemType.INVALID, detail)
    _import_dossiers(files, settings, message=message, dry_run=dry_run)


def _import_dossiers(files: list[str], settings: Settings, **sender: Any) -> None:
    """Import dossiers, and print what was done. `sender` are the message and whether this is a dry run."""
    with Steps() as steps, provide_database(settings, steps) as url:

        async def work(engine: AsyncEngine) -> None:
            for place, file in enumerate(files, 1):
                steps(f"Importing dossier {place} of {len(files)}: {file}")
                sent, content = read_file(file)
                taken = await import_document(writer_over(engine), sent, content, editor=EDITOR, **sender)
                steps.done()
                done = ", ".join(f"{count} {what}" for what, count in taken.counts.items() if count)
                otherwise = "dry run" if sender["dry_run"] else "nothing new"
                revision = f"revision {taken.revision}" if taken.revision else otherwise
                print_line(f"{taken.slug}: {revision} ({done})")
                for one, _ in taken.records:
                    print_changes(f"{one.collection}/{one.slug}", planned_changes(one.bodies) or ())
                for warning in await lint_dossier(writer_over(engine), sent):
                    hint = f" ({warning.hint})" if warning.hint else ""
                    print_error(f"  {warning.pointer}: {warning.message}{hint} [{warning.rule}]")

        run_with_engine(url, settings, work, steps)


def bulk(
    file: Annotated[
        str,
        typer.Argument(
            help="NDJSON, CSV, .xlsx, or a bibliography (CSL-JSON in .json, .ris, .bib), optionally gzipped; - ="
            " standard input"
        ),
    ],
    collection: Annotated[str | None, typer.Option(help="Collection of all records; required for tables")] = None,
    form: Annotated[
        LocalFileFormat | None,
        typer.Option("--format", help="Format of the file [default: by its extension, else by its content]"),
    ] = None,
    profile: FromProfile = None,
    mode: Annotated[ImportMode, typer.Option(help="How to apply a line to a stored record")] = ImportMode.MERGE,
    on_error: Annotated[OnError, typer.Option(help="What to do if a line is invalid")] = OnError.ABORT,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Validate without writing anything.")] = False,
    max_removed: MaxRemoved = 5.0,
    message: Annotated[str | None, typer.Option(help="Message of each revision")] = None,
    editor: Annotated[str, typer.Option(help="Editor of the revisions")] = "parley bulk",
    data_dir: DataDir = None,
) -> None:
    """Import a file of records, as POST /v1/imports does. Errors and warnings go to standard error."""
    mapping = _profile_at(profile) if profile is not None else None
    if mapping is not None and collection is not None:
        raise ApiError(
            ProblemType.INVALID,
            "--collection cannot be combined with --profile: the profile determines the collections.",
        )
    order = Order(mode, on_error, dry_run, editor, message, max_removed=max_removed, profile=mapping)
    _import_records(file, collection, order, load_settings(data_dir=data_dir), form)


def _profile_at(name: str) -> Profile:
    return profile_at(name, {kind.collection: kind for kind in WRITE_SPECS})


def _import_records(
    name: str, collection: str | None, order: Order, settings: Settings, form: LocalFileFormat | None = None
) -> None:
    """Import one file of records, or standard input, with a progress bar, and print a summary."""
    schemas = {one.name: one.read_spec.detail for one in RESOURCES}
    bounds = SheetBounds(settings.import_max_bytes, settings.max_body_bytes)
    file = None if name == STDIN else Path(name)
    size = file.stat().st_size if file is not None else None
    tune_garbage_collection()
    shorten_switch_interval()
    with Steps() as steps, provide_database(settings, steps) as url:

        async def work(engine: AsyncEngine) -> Summary:
            writer = writer_over(engine)
            with Meter(size) as meter:

                def show_progress(done: int, event: LineCounts) -> None:
                    valid = event.created + event.changed + event.unchanged
                    meter(done, f"{event.lines:,} lines, {valid:,} valid, {event.faulty:,} invalid")

                return await import_file(writer, schemas, file, collection, order, bounds, show_progress, form)

        summary = run_with_engine(url, settings, work, steps)
    for one in (*summary.faults, *summary.warnings):
        rule = f" [{one.rule}]" if isinstance(one, LineWarning) else ""
        place = " ".join(part for part in (f"line {one.line}", one.column, one.pointer) if part)
        print_error(f"  {place}: {one.message}{f' ({one.hint})' if one.hint else ''}{rule}")
    if left := summary.faults_not_listed + summary.warnings_not_listed:
        print_error(f"  and {left} more")
    for record in summary.changes:
        print_changes(f"line {record.line}, {record.collection}/{record.slug}", record.changes)
    if summary.changes_not_listed:
        print_line(f"  and {summary.changes_not_listed} more records would change")
    for gone in summary.removed:
        print_error(
            f"  {gone.collection}/{gone.slug}: {gone.how}{f', {gone.why}' if gone.why else ''} [no longer in the file]"
        )
    if summary.removed_not_listed:
        print_error(f"  and {summary.removed_not_listed} more that are no longer in the file")
    if summary.removal is not None:
        print_error(summary.removal)
    if len(summary.faults) + summary.warned > _MAX_LISTED:
        for row in _count_table(summary):
            print_error(f"  {row}")
    print_line(
        f"{summary.created} created, {summary.changed} changed, {summary.unchanged} unchanged,"
        f" {summary.faulty} invalid."
    )
    if summary.emptied or summary.withdrawn:
        print_line(f"No longer in the file: {summary.withdrawn} withdrawn, {summary.emptied} partly emptied.")
    if summary.ending is not Ending.COMPLETE:
        raise ApiError(ProblemType.INVALID, summary.detail)


def _count_table(summary: Summary) -> Iterator[str]:
    """Counts of errors and warnings by rule and column, as the lines of a table."""
    rows = [("count", "rule", "column")]
    rows += [(f"{one.count:,}", "error", one.column or one.pointer or "") for one in summary.fault_counts]
    rows += [(f"{one.count:,}", one.rule, one.column or "") for one in summary.warning_counts]
    first, second = (max(len(row[place]) for row in rows) for place in (0, 1))
    yield from (f"{count:>{first}}  {rule:<{second}}  {column}".rstrip() for count, rule, column in rows)


def export(
    process: Annotated[str | None, typer.Argument(help="Slug, id or scheme:value of the process")] = None,
    is_whole: Annotated[bool, typer.Option("--all", help="Export the whole database instead of one process.")] = False,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="File to write [default: standard output]")
    ] = None,
    form: Annotated[
        DossierForm | None,
        typer.Option("--format", help="Format [default: by the extension of the output file, else json]"),
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Export a process with everything that belongs to it, or the whole database, as a dossier that can be imported."""
    if (process is None) is not is_whole:
        raise ApiError(ProblemType.INVALID, "Give either a process or --all.")
    settings = load_settings(data_dir=data_dir)
    chosen = form or form_of_file(str(output or ""))

    async def work(engine: AsyncEngine) -> None:
        writer = writer_over(engine)
        if process is not None:
            found = await export_process(writer, process, settings.dossier_records_max)
            await _save(_single_chunk(chosen.write(found.document)), output)
        else:
            await _save(await open_whole(writer, chosen), output)

    with provide_database(settings) as url:
        run_with_engine(url, settings, work)


async def _single_chunk(content: bytes) -> AsyncGenerator[bytes]:
    yield content


async def _save(chunks: Chunks, output: Path | None) -> None:
    """Write the chunks to a file or to standard output, and close them."""
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
