"""Pages of a list as JSON."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg
from pydantic import BaseModel

from app.reading.cursor import encode_cursor
from app.reading.hidden_records import count_hidden, known_by_fields
from app.reading.preparation import prepare_list
from app.reading.query import CountMode, ListQuery
from app.reading.read_spec import ReadSpec
from app.reading.reader import Reader
from app.reading.statements import MAX_COUNT, select_page
from app.reading.unknown_names import reject_unknown_names


@dataclass(frozen=True, slots=True)
class JsonPage:
    """A page as JSON, and the values of its headers."""

    body: bytes
    revision: int
    at: datetime
    #: The cursor of the next page; None = this is the last page.
    next: str | None
    #: How many matching records are hidden because no dated source makes them public; None = the query has no
    #: `known_by`.
    hidden: int | None = None


async def read_page(reader: Reader, name: str, query: ListQuery, schema: type[BaseModel] | None = None) -> JsonPage:
    """One page of a collection. `schema`: the schema of the rows; by default, the summary. Raises ApiError with all
    errors of the query."""
    collection = reader.collections[name]
    prepared = prepare_list(collection, query, reader.summary, reader.secret, reader.bounds, schema, query.limit)
    row = await reader.fetch_row(prepared, select_page)
    await reject_unknown_names(reader, query, row)
    # With `limit=0` there are no records, and no next page.
    has_next = 0 < query.limit < row["found"]
    cursor = encode_cursor(reader.secret, prepared.cursor_scope, json.loads(row["last"])) if has_next else None
    hidden = await count_hidden(reader, prepared)
    body = _envelope(collection, query, row, cursor, known_by_fields(reader, hidden))
    return JsonPage(body, row["revision"], row["revised_at"], cursor, hidden)


def _envelope(
    collection: ReadSpec, query: ListQuery, row: asyncpg.Record, cursor: str | None, clock: Mapping[str, object]
) -> bytes:
    page: dict[str, Any] = {"limit": query.limit, "next": cursor, "count": None}
    if query.count is not CountMode.NONE:
        over = query.count is CountMode.ESTIMATED and row["count"] > MAX_COUNT
        page["count"] = {
            "value": min(row["count"], MAX_COUNT) if over else row["count"],
            "is": "at_least" if over else "exact",
        }
    body: str = row["body"]
    end = b"}"
    if row["facets"]:
        end = b',"facets":' + row["facets"].encode() + b"}"
    rest = {"page": page, **{name: getattr(query, name) for name in collection.echo}, **clock}
    fields = json.dumps(rest, ensure_ascii=False, separators=(",", ":")).encode()[1:-1]
    return b'{"data":' + body.encode() + b"," + fields + end
