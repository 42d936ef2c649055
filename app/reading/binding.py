"""The values bound in a query's statement, and the statement parameters of the same names.

`bound_values` runs for every request and uses no SQLAlchemy expressions. A statement is built once per statement key.
The statement key contains the names of the bound values, never the values.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import ARRAY, BindParameter, Boolean, Date, DateTime, Integer, Numeric, Text, Uuid, bindparam
from sqlalchemy.types import TypeEngine

from app.db.dates import parse_edtf
from app.db.days import EarlyDay
from app.reading.derived_filters import has_null, values_without_null
from app.reading.filters import FILTERS, Built, Option, Ranged, To
from app.reading.query import markers
from app.reading.selection import Summaries


def slug_of(key: str, collection: str) -> str:
    """Return the slug for a key. An issue can also be named by its code, in upper or lower case."""
    return key.lower().replace(".", "-").replace("_", "-") if collection == "issues" else key


def _uuid(key: str) -> UUID | None:
    if len(key) != 36:
        return None
    try:
        return UUID(key)
    except ValueError:
        return None


def bound_keys(name: str, keys: Iterable[str], collection: str) -> dict[str, Any]:
    """The bound values for some keys, grouped into slugs, ids and `scheme:value` pairs."""
    bound: dict[str, Any] = {}
    for key in keys:
        scheme, colon, value = key.partition(":")
        if colon and scheme:
            bound.setdefault(f"{name}_schemes", []).append(scheme)
            bound.setdefault(f"{name}_values", []).append(value)
        elif identifier := _uuid(key):
            bound.setdefault(f"{name}_ids", []).append(identifier)
        else:
            bound.setdefault(f"{name}_slugs", []).append(slug_of(key, collection))
    return bound


def bound_values(query: BaseModel) -> tuple[dict[str, Any], dict[str, str]]:
    """The bound values of the query, and the variants of its `Built` filters."""
    bound: dict[str, Any] = {}
    variants: dict[str, str] = {}
    for name, marker in markers(type(query), FILTERS):
        value = getattr(query, name)
        if value is None or name == "id":
            continue
        if has_null(value):
            bound[f"{name}_null"] = True
            value = values_without_null(value)
            if not value:
                continue
        if isinstance(marker, To):
            bound |= bound_keys(name, value, marker.collection)
        elif isinstance(marker, Option):
            bound[name] = parse_edtf(value).latest if isinstance(value, str) else value
        elif isinstance(marker, Ranged):
            span = parse_edtf(value)
            bound[name] = span.earliest if marker.bound == "from" else span.latest
        else:
            bound[name] = [str(v) if isinstance(v, str) else v for v in value] if isinstance(value, list) else value
            if isinstance(marker, Built) and marker.vary:
                variants[name] = marker.vary(value)
    if getattr(query, "known_by", None) is not None or getattr(query, "known_to", None) is not None:
        variants[CLOCK] = KNOWN
    return bound, variants


#: Name and value of the variant for statements that run under `known_by` or `known_to`. These statements compute derived values,
#: because derived values are stored only for the newest revision.
CLOCK, KNOWN = "clock", "known"


_TYPES: tuple[tuple[type, Callable[[], TypeEngine[Any]]], ...] = (
    (bool, Boolean),
    (int, Integer),
    (Decimal, Numeric),
    (date, Date),
    (EarlyDay, Date),
    (UUID, Uuid),
)


def type_of(value: object) -> TypeEngine[Any]:
    """The SQL type for a Python value, as the driver requires it."""
    if isinstance(value, list):
        return ARRAY(type_of(value[0]) if value else Text())
    if hasattr(value, "tzinfo"):
        return DateTime(timezone=True)
    for python_type, sql_type in _TYPES:
        if isinstance(value, python_type):
            return sql_type()
    return Text()


@dataclass
class Context:
    """What a statement is built from: the schemas of all collections, the bound values, and the variants."""

    summaries: Summaries
    bound: dict[str, Any] = field(default_factory=dict)
    variants: dict[str, str] = field(default_factory=dict)

    def parameter(self, name: str, kind: TypeEngine[Any] | None = None) -> BindParameter[Any]:
        return bindparam(name, None, type_=kind or type_of(self.bound.get(name)))

    def option(self, name: str, kind: TypeEngine[Any], default: object = None) -> BindParameter[Any]:
        """The parameter of an option. The default applies in included branches of other collections, because the query
        has no such parameter there."""
        return bindparam(name, default, type_=kind)
