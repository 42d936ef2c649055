"""From a query to its shape and its values, with every fault of the query at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rapidfuzz import process
from sqlalchemy import inspect

from app.faults import Fault, ProblemKind, Refused
from app.reading.binding import bound_keys, bound_values
from app.reading.collections import Readable
from app.reading.cursor import question, unseal
from app.reading.filters import Built
from app.reading.query import DetailQuery, ListQuery, markers
from app.reading.selection import Summaries, frozen, select
from app.reading.shapes import SIZES, Listing, Order, Single

#: `%`, `_` and `\` are letters to the asker, not wildcards.
_LITERAL = str.maketrans({"%": r"\%", "_": r"\_", "\\": r"\\"})


@dataclass(frozen=True, slots=True)
class Prepared:
    """A question ready to be asked: its shape (what to compile), its values (what to bind)."""

    shape: Any
    bound: dict[str, Any]
    variants: dict[str, str]
    question: bytes = b""


def prepare_list(collection: Readable, query: ListQuery, summaries: Summaries, secret: bytes, depth: int) -> Prepared:
    """Raises Refused with all that is wrong: branches, fields, sort, has, missing, identifiers, cursor."""
    selection, faults = select(collection.summary, query.include, query.fields, summaries, depth)
    order = _order(collection, query, faults)
    has = _paths(collection, "has", query.has, faults)
    missing = _paths(collection, "missing", query.missing, faults)
    bound, variants = bound_values(query)
    bound |= bound_keys("id", query.id or (), collection.name)
    for value in query.external_id or ():
        if not all(value.partition(":")):
            faults.append(
                Fault(f"'{value}' is not `scheme:value`.", parameter="external_id", hint="As in wikidata:Q159.")
            )
    bound |= bound_keys("external_id", (v for v in query.external_id or () if all(v.partition(":"))), collection.name)
    if query.updated_since:
        bound["updated_since"] = query.updated_since
    if query.q:
        bound |= {"q": query.q, "q_part": query.q.translate(_LITERAL)}
    about = question(collection.name, {**bound, **variants, "has": has, "missing": missing}, order)
    if query.cursor and not faults:
        bound |= {f"cursor_{n}": key for n, key in enumerate(unseal(secret, about, query.cursor))}
    if faults:
        raise Refused(ProblemKind.INVALID, "The query is not valid.", faults)
    bound["limit"] = query.limit
    shape = Listing(
        collection=collection.name,
        query=type(query),
        bound=frozenset(bound),
        variants=tuple(sorted(variants.items())),
        selected=frozen(selection),
        order=order,
        size=next(size for size in SIZES if size > query.limit),
        count=query.count,
        has=has,
        missing=missing,
        selection=selection,
    )
    return Prepared(shape, bound, variants, about)


def prepare_one(collection: Readable, key: str, query: DetailQuery, summaries: Summaries, depth: int) -> Prepared:
    selection, faults = select(collection.detail, query.include, query.fields, summaries, depth)
    if faults:
        raise Refused(ProblemKind.INVALID, "The query is not valid.", faults)
    bound, variants = bound_values(query)
    for name, value in bound_keys("key", [key], collection.name).items():
        bound[name] = value[0] if name in ("key_slugs", "key_ids") else value
    shape = Single(
        collection=collection.name,
        schema=collection.detail,
        bound=frozenset(bound),
        selected=frozen(selection),
        selection=selection,
    )
    return Prepared(shape, bound, variants)


def _order(collection: Readable, query: ListQuery, faults: list[Fault]) -> Order:
    given = query.sort or [_default_sort(collection, query)]
    order: list[tuple[str, bool]] = []
    for word in given:
        name = word.removeprefix("-")
        if name not in collection.sorts:
            faults.append(
                Fault(
                    f"{collection.name} cannot be sorted by '{name}'.",
                    None,
                    "sort",
                    _near(name, list(collection.sorts)),
                )
            )
        elif collection.sorts[name] not in (column for column, _ in order):
            order.append((collection.sorts[name], word.startswith("-")))
    if len(order) > 3:
        faults.append(Fault("A list is sorted by three names at most.", parameter="sort"))
    descends = order[-1][1] if order else False
    return *order, ("id", descends)


def _default_sort(collection: Readable, query: ListQuery) -> str:
    if collection.sort_where:
        parameters, sort = collection.sort_where
        varied = {name: marker.vary for name, marker in markers(type(query), (Built,)) if marker.vary}
        for name in parameters:
            value = getattr(query, name)
            if value is not None and (name not in varied or varied[name](value) == "named"):
                return sort
    return collection.default_sort


def _paths(collection: Readable, parameter: str, names: Sequence[str] | None, faults: list[Fault]) -> tuple[str, ...]:
    """What `has=` and `missing=` may name: columns that may be empty, relations, and the collection's own words."""
    if not names:
        return ()
    mapper = inspect(collection.model)
    known = {*collection.presence, *mapper.relationships.keys()}
    known |= {name for name, column in mapper.columns.items() if column.nullable or column.server_default is not None}
    known -= {
        name for name in known if name.startswith("withdrawn_") or name.endswith(("_min", "_max", "_precision", "_id"))
    }
    for name in names:
        if name not in known:
            faults.append(
                Fault(f"{collection.name} have no '{name}' to look for.", None, parameter, _near(name, sorted(known)))
            )
    return tuple(sorted(set(names) & known))


def _near(word: str, names: list[str]) -> str:
    close = process.extractOne(word, names, score_cutoff=60)
    return f"Did you mean '{close[0]}'?" if close else f"Known here: {', '.join(names)}."
