"""The very SQL with which Parley answers an address, to run it on PostgreSQL alone."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

from app.reading.preparation import prepare_list, prepare_one
from app.reading.reader import Reader
from app.reading.statements import select_one, select_page, select_stream
from app.registry import RESOURCES

_READABLE = {collection.name: collection.read_spec for collection in RESOURCES}
_SECRET = b"benchmark"


def statement_of(path: str, is_stream: bool = False) -> tuple[str, list[Any]]:
    """Text and values, as the driver gets them; `is_stream`: of all rows and not of a page."""
    parts = urlsplit(path)
    _, _, name, *key = parts.path.split("/")
    asked: dict[str, Any] = parse_qs(parts.query)
    collection = _READABLE[name]
    reader = Reader(None, _READABLE, _SECRET)  # type: ignore[arg-type] # nothing is read
    if key:
        one = collection.detail_query(**asked)
        prepared = prepare_one(collection, key[0], one, reader.summary, reader.bounds)
        statement = reader.statements.compile(prepared, select_one)
    else:
        query = collection.query(**asked)
        limit = None if is_stream else query.limit
        prepared = prepare_list(collection, query, reader.summary, _SECRET, reader.bounds, limit=limit)
        statement = reader.statements.compile(prepared, select_stream if is_stream else select_page)
    return statement.sql, statement.arguments(prepared.bound)


def written_out(sql: str, values: list[Any]) -> str:
    """The statement with its values in it, for programs that bind none."""
    for place in range(len(values), 0, -1):
        sql = sql.replace(f"${place}", _literal(values[place - 1]))
    return sql


def _literal(value: Any) -> str:
    if isinstance(value, list):
        inner = ",".join('"' + str(part) + '"' for part in value)
        return f"'{{{inner}}}'"
    if value is None:
        return "NULL"
    return "'" + str(value).replace("'", "''") + "'"
