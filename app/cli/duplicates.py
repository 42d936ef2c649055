"""`parley duplicates`: pairs of records that may be one, one after the other."""

import asyncio
from typing import Annotated

import typer

from app.cli.session import DataDir, settings_of
from app.errors import ApiError
from app.reconcile.dismissals import dismissed_pairs
from app.reconcile.duplicate_schemas import USUAL, Subject
from app.reconcile.duplicates import Candidate, Compared, Duplicates, describe
from app.reconcile.entities import Entity
from app.runtime.bootstrap import make_ready, reach
from app.runtime.console import Steps, complain, say
from app.runtime.ledger import Ledger, connect
from app.writing.dismissals import dismiss_pair
from app.writing.merging import merge_duplicate

_CHOICES = "l merges right into left, r left into right, n: not the same, s skips, q quits"


def duplicates(
    collection: Annotated[list[Subject] | None, typer.Option(help="Only of these; may be repeated")] = None,
    min_score: Annotated[float, typer.Option(min=0, max=100, help="Only pairs with this score or more")] = USUAL,
    is_list: Annotated[bool, typer.Option("--list", help="Print the pairs, and ask nothing.")] = False,
    limit: Annotated[int | None, typer.Option(min=1, help="How many pairs at most [default: all]")] = None,
    message: Annotated[str | None, typer.Option(help="Why: kept with each decision")] = None,
    editor: Annotated[str, typer.Option(help="Whose name the decisions bear")] = "parley duplicates",
    data_dir: DataDir = None,
) -> None:
    """Show pairs of records that may be one, the likeliest first, and ask of each what is to be done.

    A merge is one revision, which POST /v1/revisions/{number}/undo takes back. Pairs that are not the same are not shown
    again, to nobody; DELETE /v1/duplicates/dismissals/{id} takes that back."""
    from app.registry import RESOURCES

    settings = settings_of(data_dir=data_dir)

    async def work(url: str) -> None:
        await make_ready(url, settings, steps)
        async with connect(url, settings, RESOURCES) as ledger:
            pairs = await _found(ledger, collection or list(Subject), min_score, steps)
            steps.done()
            await _go_through(ledger, pairs[:limit], len(pairs), editor, message, asks=not is_list)

    with Steps() as steps, reach(settings, steps) as database:
        asyncio.run(work(database))


async def _found(
    ledger: Ledger, subjects: list[Subject], min_score: float, steps: Steps
) -> list[tuple[Subject, Candidate]]:
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


async def _go_through(
    ledger: Ledger,
    pairs: list[tuple[Subject, Candidate]],
    every: int,
    editor: str,
    message: str | None,
    *,
    asks: bool,
) -> None:
    """Show each pair that is still there, and do what is said to it."""
    done = {"merged": 0, "not the same": 0, "skipped": 0}
    for number, (subject, candidate) in enumerate(pairs, 1):
        # One of them may have been merged a moment ago, into a record that is not the same as the other.
        if (candidate.left, candidate.right) in await dismissed_pairs(ledger.reader, subject):
            continue
        for pair in await describe(ledger.reader, subject, [candidate]):
            say(f"\n{number} of {every}: {subject}, score {pair.score:g}")
            _show(pair)
            if asks and not await _decide(ledger, pair, editor, message, done):
                say(_told(done))
                return
    if not pairs:
        say("There are no pairs that may be one.")
    elif asks:
        say(_told(done))


def _told(done: dict[str, int]) -> str:
    return "\n" + ", ".join(f"{count} {what}" for what, count in done.items()) + "."


def _show(pair: Compared) -> None:
    for side, entity in (("left ", pair.left), ("right", pair.right)):
        say(f"  {side}  {entity.name}  [{entity.slug}]{_more(entity)}")
    for reason in pair.reasons:
        both = f": {' · '.join(reason.left)} | {' · '.join(reason.right)}" if reason.left or reason.right else ""
        say(f"    {'+' if reason.supports else '-'} {reason.text.rstrip('.') if both else reason.text}{both}")


def _more(entity: Entity) -> str:
    """Its other names, and its identifiers."""
    names = [name for name in dict.fromkeys(entity.names) if name != entity.name]
    identifiers = [f"{scheme}:{value}" for scheme, values in sorted(entity.identifiers.items()) for value in values]
    return "".join(f"  {', '.join(words)}" for words in (names, identifiers) if words)


async def _decide(ledger: Ledger, pair: Compared, editor: str, message: str | None, done: dict[str, int]) -> bool:
    """Ask until the answer can be done; False to quit."""
    while True:
        try:
            answer = str(typer.prompt(f"  {_CHOICES}")).strip().lower()
        except typer.Abort:
            return False
        try:
            match answer:
                case "l" | "r":
                    lost, kept = (pair.right_id, pair.left_id) if answer == "l" else (pair.left_id, pair.right_id)
                    merged = await merge_duplicate(
                        ledger.writer, pair.collection, lost, kept, editor=editor, message=message
                    )
                    say(f"  merged into {merged.record.slug}: revision {merged.revision}")
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
        except ApiError as refused:
            complain(f"  {refused.detail}")
            for violation in refused.violations:
                complain(f"    {violation.message}{f' ({violation.hint})' if violation.hint else ''}")
