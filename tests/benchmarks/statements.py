"""The very SQL with which Parley answers an address, to run it on PostgreSQL alone."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

from app.reading.prepare import prepare_list, prepare_one
from app.reading.reader import Reader
from app.reading.statements import select_one, select_page
from app.rooms import COLLECTIONS


def statement_of(path: str) -> tuple[str, list[Any]]:
    """Text and values, as the driver gets them."""
    parts = urlsplit(path)
    _, _, name, *key = parts.path.split("/")
    asked: dict[str, Any] = parse_qs(parts.query)
    readable = {collection.name: collection.readable for collection in COLLECTIONS}
    collection = readable[name]
    reader = Reader(None, readable, b"benchmark")
    if key:
        prepared = prepare_one(collection, key[0], collection.detail_query(**asked), reader.summary, reader.depth)
        statement = reader.explain(prepared, lambda context: select_one(prepared.shape, collection.model, context))
    else:
        prepared = prepare_list(collection, collection.query(**asked), reader.summary, b"benchmark", reader.depth)
        statement = reader.explain(prepared, lambda context: select_page(prepared.shape, collection, context))
    return statement.sql, statement.arguments(prepared.bound)
