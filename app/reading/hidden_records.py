"""The number of records that match a query but are hidden under `known_by` because no dated source makes them public."""

from dataclasses import replace

from app.reading.preparation import Prepared
from app.reading.reader import Reader
from app.reading.statements import MAX_HIDDEN, select_undated, select_undated_for_party


async def count_hidden(reader: Reader, prepared: Prepared) -> int | None:
    """The number of matching records without a dated source, at most `MAX_HIDDEN` + 1; None if the query has no
    `known_by`. The count runs without `known_by`, because these records do not exist under `known_by`. Under `known_to`,
    those that the party could know are not counted."""
    if reader.known_by is None:
        return None
    if not reader.collections[prepared.statement_key.collection].model.__is_claim__:
        return 0
    everything = reader.without_known_by()
    if reader.known_to is None:
        row = await everything.fetch_row(prepared, select_undated)
    else:
        party = {"known_to_party": reader.known_to.id, "known_to_day": reader.known_by}
        row = await everything.fetch_row(replace(prepared, bound=prepared.bound | party), select_undated_for_party)
    return int(row["undated"])


def hidden_json(number: int) -> dict[str, object]:
    """Return the number as JSON, marked as exact or as a lower bound."""
    return {"value": min(number, MAX_HIDDEN), "is": "at_least" if number > MAX_HIDDEN else "exact"}


def known_by_fields(reader: Reader, hidden: int | None) -> dict[str, object]:
    """The fields that a page has under `known_by`."""
    if reader.known_by is None or hidden is None:
        return {}
    party = {"known_to": reader.known_to.slug} if reader.known_to else {}
    return {"known_by": reader.known_by.isoformat(), **party, "hidden_undated": hidden_json(hidden)}


def known_by_headers(reader: Reader, hidden: int | None) -> dict[str, str]:
    """The headers that an answer has under `known_by`."""
    if reader.known_by is None or hidden is None:
        return {}
    number = f"{MAX_HIDDEN}+" if hidden > MAX_HIDDEN else str(hidden)
    party = {"Parley-Known-To": reader.known_to.slug} if reader.known_to else {}
    return {"Parley-Known-By": reader.known_by.isoformat(), **party, "Parley-Hidden-Undated": number}
