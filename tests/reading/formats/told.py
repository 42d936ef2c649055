"""What an ending is told, for endings that are tried on rows of the test's own."""

from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel

from app.reading.formats.format import AnswerContext
from app.reading.selection import ALL, Selection

AT = datetime(2026, 11, 24, 12, tzinfo=UTC)
ID = "01972f3e-8a00-7000-8000-000000000001"


def told(collection: str, schema: type[BaseModel], selection: Selection = ALL, **others: Any) -> AnswerContext:
    return AnswerContext(
        **{
            "collection": collection,
            "title": collection.title(),
            "schema": schema,
            "selection": selection,
            "address": f"http://parley.test/v1/{collection}?format=x",
            "base": "http://parley.test",
            "following": None,
            "revision": 7,
            "at": AT,
            **others,
        }
    )
