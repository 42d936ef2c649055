"""The parameter `assume` of the report on due dates: what is assumed to have happened to the records that triggers name."""

from collections.abc import Iterable, Sequence
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, Field
from rapidfuzz import fuzz, process

from app.db.dates import Span, parse_edtf
from app.db.vocabulary_values import TriggerEdge
from app.domain.texts import refusal
from app.errors import Violation, quoted
from app.reading.reader import Reader
from app.reports.due_dates_statements import ASSUMABLE

#: How many of the records and edges that triggers name are listed if an assumption has no effect.
SUGGESTED = 5


def _split(text: str) -> tuple[str, str, str]:
    """The address, the edge and the day of an assumption. Keys may contain colons."""
    address, edge, day = ([""] * 3 + text.rsplit(":", 2))[-3:]
    return address, edge, day


def _check_assumption(text: str) -> str:
    address, edge, day = _split(text)
    form = "write `collection/key:edge:day`, such as demands/article-2025-06-02-1-1:start:2025-07-01"
    if "/" not in address:
        raise refusal("assumption", f"{quoted(text, 100)} is not an assumption; {form}.")
    if edge not in list(TriggerEdge):
        raise refusal("assumption", f"{quoted(edge, 40)} is no edge; use one of {', '.join(TriggerEdge)}: {form}.")
    try:
        span = parse_edtf(day)
    except ValueError as error:
        raise refusal("assumption", f"{error}.") from None
    if span.precision == "open":
        raise refusal(
            "assumption", f"{quoted(day)} has an open end; give a day, a month or an interval with both ends."
        )
    return text


Assumption = Annotated[str, Field(min_length=1, max_length=800), AfterValidator(_check_assumption)]


def parse_assumptions(texts: Iterable[str]) -> list[tuple[str, str, Span]]:
    """The address, the edge and the day of each assumption."""
    return [(address, edge, parse_edtf(day)) for address, edge, day in map(_split, texts)]


async def without_effect(
    reader: Reader, ids: Sequence[UUID], assumed: Sequence[tuple[str, str, Span]]
) -> list[Violation]:
    """An error for each assumption about a record and edge that no trigger names, at the clocks or at the newest revision.
    `ids`: the records of the assumptions."""
    if not assumed:
        return []
    named: dict[tuple[UUID, str], str] = {}
    for one in (reader.without_known_by().at_head(), reader):
        async with one.connection() as connection:
            found = await connection.fetch(ASSUMABLE)
        named |= {(row["id"], row["edge"]): f"{row['address']}:{row['edge']}" for row in found}
    return [
        Violation(
            f"No trigger names {quoted(f'{address}:{edge}')}, so the assumption would have no effect. Triggers in words cannot be assumed.",
            parameter="assume",
            hint=f"Triggers name {', '.join(near)}." if (near := _nearest(address, named.values())) else None,
        )
        for (address, edge, _), record in zip(assumed, ids, strict=True)
        if (record, edge) not in named
    ]


def _nearest(address: str, named: Iterable[str]) -> list[str]:
    """What can be assumed, the most similar first."""
    known = sorted(set(named))
    return [text for text, *_ in process.extract(address, known, scorer=fuzz.ratio, limit=SUGGESTED)]
