"""`parley duplicates`: review possible duplicates, one pair after the other."""

import asyncio
from typing import Annotated

import typer

from app.cli.session import DataDir, load_settings
from app.errors import ApiError
from app.reconcile.dismissals import dismissed_pairs
from app.reconcile.duplicate_schemas import USUAL, Subject
from app.reconcile.duplicates import CandidatePair, Compared, Duplicates, describe_pairs
from app.reconcile.entities import Entity
from app.registry import RESOURCES
from app.runtime.bootstrap import ensure_schema, provide_database
from app.runtime.console import Steps, print_error, print_line
from app.runtime.ledger import Ledger, connect
from app.writing.dismissals import dismiss_pair
from app.writing.merging import merge_duplicate

_CHOICES = "l = merge right into left, r = merge left into right, n = not the same, s = skip, q = quit"


def duplicates(
    collection: Annotated[
        list[Subject] | None, typer.Option(help="Only pairs in this collection; may be repeated")
    ] = None,
    min_score: Annotated[float, typer.Option(min=0, max=100, help="Only pairs with at least this score")] = USUAL,
    is_list: Annotated[bool, typer.Option("--list", help="Print the pairs without asking what to do.")] = False,
    limit: Annotated[int | None, typer.Option(min=1, help="Maximum number of pairs [default: all]")] = None,
    message: Annotated[str | None, typer.Option(help="Message stored with each decision")] = None,
    editor: Annotated[str, typer.Option(help="Editor recorded with each decision")] = "parley duplicates",
    data_dir: DataDir = None,
) -> None:
    """Review possible duplicates, the most similar first, and decide what to do with each pair.

    A merge is one revision; POST /v1/revisions/{number}/undo undoes it. A pair marked as not the same is never shown
    again to anybody; DELETE /v1/duplicates/dismissals/{id} undoes that."""
    settings = load_settings(data_dir=data_dir)

    async def work(url: str) -> None:
        await ensure_schema(url, settings, steps)
        async with connect(url, settings, RESOURCES) as ledger:
            pairs = await _find_pairs(ledger, collection or list(Subject), min_score, steps)
            steps.done()
            await _review(ledger, pairs[:limit], len(pairs), editor, message, is_interactive=not is_list)

    with Steps() as steps, provide_database(settings, steps) as database:
        asyncio.run(work(database))


async def _find_pairs(
    ledger: Ledger, subjects: list[Subject], min_score: float, steps: Steps
) -> list[tuple[Subject, CandidatePair]]:
    duplicates, found = Duplicates(), []
    for subject in subjects:
        steps(f"Comparing {subject}")
        dismissed = await dismissed_pairs(ledger.reader, subject)
        found += [
            (subject, one)
            for one in await duplicates.candidates(ledger.reader, subject)
            if one.score >= min_score and (one.left, one.right) not in dismissed
        ]
    return sorted(found, key=lambda pair: (-pair[1].score, pair[1].left, pair[1].right))


async def _review(
    ledger: Ledger,
    pairs: list[tuple[Subject, CandidatePair]],
    total: int,
    editor: str,
    message: str | None,
    *,
    is_interactive: bool,
) -> None:
    """Show each pair that still exists, ask for a decision and apply it."""
    done = {"merged": 0, "not the same": 0, "skipped": 0}
    for number, (subject, candidate) in enumerate(pairs, 1):
        # An earlier decision may have merged one record of the pair into a third record, and the third record may
        # already be marked as not the same as the other record of the pair.
        if (candidate.left, candidate.right) in await dismissed_pairs(ledger.reader, subject):
            continue
        for pair in await describe_pairs(ledger.reader, subject, [candidate]):
            print_line(f"\n{number} of {total}: {subject}, score {pair.score:g}")
            _show(pair)
            if is_interactive and not await _decide(ledger, pair, editor, message, done):
                print_line(_format_counts(done))
                return
    if not pairs:
        print_line("No possible duplicates were found.")
    elif is_interactive:
        print_line(_format_counts(done))


def _format_counts(done: dict[str, int]) -> str:
    return "\n" + ", ".join(f"{count} {what}" for what, count in done.items()) + "."


def _show(pair: Compared) -> None:
    for side, entity in (("left ", pair.left), ("right", pair.right)):
        print_line(f"  {side}  {entity.name}  [{entity.slug}]{_names_and_identifiers(entity)}")
    for reason in pair.reasons:
        both = f": {' · '.join(reason.left)} | {' · '.join(reason.right)}" if reason.left or reason.right else ""
        print_line(f"    {'+' if reason.supports else '-'} {reason.text.rstrip('.') if both else reason.text}{both}")


def _names_and_identifiers(entity: Entity) -> str:
    """The other names and the identifiers of a record."""
    names = [name for name in dict.fromkeys(entity.names) if name != entity.name]
    identifiers = [f"{scheme}:{value}" for scheme, values in sorted(entity.identifiers.items()) for value in values]
    return "".join(f"  {', '.join(words)}" for words in (names, identifiers) if words)


async def _decide(ledger: Ledger, pair: Compared, editor: str, message: str | None, done: dict[str, int]) -> bool:
    """Ask until a decision has been applied. Return False if the user quits."""
    while True:
        try:
            answer = str(typer.prompt(f"  {_CHOICES}")).strip().lower()
        except typer.Abort:
            return False
        try:
            match answer:
                case "l" | "r":
                    lost, into = (pair.right_id, pair.left_id) if answer == "l" else (pair.left_id, pair.right_id)
                    merged = await merge_duplicate(
                        ledger.writer, pair.collection, lost, into, editor=editor, message=message
                    )
                    print_line(f"  merged into {merged.record.slug}: revision {merged.revision}")
                    done["merged"] += 1
                case "n":
                    await dismiss_pair(
                        ledger.writer, pair.collection, pair.left_id, pair.right_id, editor=editor, message=message
                    )
                    done["not the same"] += 1
                case "s":
                    done["skipped"] += 1
                case "q":
                    return False
                case _:
                    continue
            return True
        except ApiError as error:
            print_error(f"  {error.detail}")
            for violation in error.violations:
                print_error(f"    {violation.message}{f' ({violation.hint})' if violation.hint else ''}")
