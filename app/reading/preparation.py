"""From a query to its shape and its values, with every fault of the query at once."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel
from sqlalchemy import inspect

from app.db.base import is_made
from app.errors import ApiError, ProblemType, Violation, allowed_hint
from app.reading.binding import bound_keys, bound_values
from app.reading.cursor import cursor_scope, decode_cursor
from app.reading.filters import Built
from app.reading.query import DetailQuery, ListQuery, clocks, facets_of, markers, split
from app.reading.read_spec import ReadSpec
from app.reading.search import Unsearchable, parse_search
from app.reading.selection import Selection, Summaries, check_cost, select, selection_key
from app.reading.statement_keys import SIZES, ListStatementKey, Order, RecordStatementKey


@dataclass(frozen=True, slots=True)
class Prepared:
    """A question ready to be asked: its shape (what to compile), its values (what to bind)."""

    statement_key: Any
    bound: dict[str, Any]
    variants: dict[str, str]
    cursor_scope: bytes = b""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a question may cost."""

    #: Steps of one path of `include`.
    depth: int = 4
    #: Records that the includes of one answer may lead to, as estimated.
    cost: int = 100_000
    #: Streams at once: each holds a connection until its reader has all of it.
    streams: int = 5
    #: Milliseconds after which a statement is logged.
    slow_ms: int = 1_000


def prepare_list(
    collection: ReadSpec,
    query: ListQuery,
    summaries: Summaries,
    secret: bytes,
    bounds: Bounds,
    schema: type[BaseModel] | None = None,
    limit: int | None = None,
) -> Prepared:
    """A list's shape and values; `schema`: rows of another form; `limit` None: all rows, as in a stream.

    Raises ApiError with all that is wrong: branches, fields, sort, has, missing, facets, identifiers, cursor."""
    schema = schema or collection.row_with(query.fields)
    named = _named(collection, query, schema, summaries, bounds)
    selection, order, violations = named.selection, named.order, named.violations
    if not any(violation.parameter in ("include", "fields") for violation in violations):
        violations += check_cost(schema, selection, summaries, limit, bounds.cost)
    bound, variants = bound_values(query)
    violations += _reversed_ranges(query, bound)
    bound |= bound_keys("id", query.id or (), collection.name)
    for value in query.external_id or ():
        if not all(value.partition(":")):
            violations.append(
                Violation(f"'{value}' is not `scheme:value`.", parameter="external_id", hint="As in wikidata:Q159.")
            )
    bound |= bound_keys("external_id", (v for v in query.external_id or () if all(v.partition(":"))), collection.name)
    if query.updated_since:
        bound["updated_since"] = query.updated_since
    if query.q:
        try:
            bound |= parse_search(query.q).bound()
        except Unsearchable as reason:
            violations.append(Violation(str(reason), parameter="q", hint=reason.hint))
    about = cursor_scope(
        collection.name, {**bound, **variants, "has": named.has, "missing": named.missing, **clocks(query)}, order
    )
    if query.cursor and not violations:
        bound |= {f"cursor_{n}": key for n, key in enumerate(decode_cursor(secret, about, query.cursor))}
    if violations:
        raise ApiError(ProblemType.INVALID, "The query is not valid.", violations)
    if limit is not None:
        bound["limit"] = limit
    statement_key = ListStatementKey(
        collection=collection.name,
        query=type(query),
        schema=schema,
        bound=frozenset(bound),
        variants=tuple(sorted(variants.items())),
        selected=selection_key(selection),
        order=order,
        size=next((size for size in SIZES if size > limit), 0) if limit is not None else 0,
        count=query.count,
        has=named.has,
        missing=named.missing,
        facets=named.facets,
        selection=selection,
    )
    return Prepared(statement_key, bound, variants, about)


@dataclass(frozen=True, slots=True)
class _Named:
    """What a list's query says by the names of a collection: branches and fields, order, presence, facets."""

    selection: Selection
    order: Order
    has: tuple[str, ...]
    missing: tuple[str, ...]
    facets: tuple[str, ...]
    violations: list[Violation]


def _named(
    collection: ReadSpec, query: ListQuery, schema: type[BaseModel], summaries: Summaries, bounds: Bounds
) -> _Named:
    selection, violations = select(schema, query.include, query.fields, summaries, bounds.depth)
    order = _order(collection, query, violations)
    has = _paths(collection, "has", query.has, violations)
    missing = _paths(collection, "missing", query.missing, violations)
    return _Named(selection, order, has, missing, _facets(collection, query, violations), violations)


def violations_of_names(
    collection: ReadSpec, given: Mapping[str, list[str]], summaries: Summaries, bounds: Bounds
) -> list[Violation]:
    """What is wrong with the names in a query that is refused already for its values, so that all is told at once."""
    names = ("include", "fields", "sort", "has", "missing", "facets")
    asked: dict[str, Any] = {name: split(given[name]) or None for name in names if name in given}
    query = collection.query.model_construct(**asked)
    return _named(collection, query, collection.row_with(query.fields), summaries, bounds).violations


def prepare_one(collection: ReadSpec, key: str, query: DetailQuery, summaries: Summaries, bounds: Bounds) -> Prepared:
    selection, violations = select(collection.detail, query.include, query.fields, summaries, bounds.depth)
    if not violations:
        violations += check_cost(collection.detail, selection, summaries, 1, bounds.cost)
    if violations:
        raise ApiError(ProblemType.INVALID, "The query is not valid.", violations)
    bound, variants = bound_values(query)
    for name, value in bound_keys("key", [key], collection.name).items():
        bound[name] = value[0] if name in ("key_slugs", "key_ids") else value
    statement_key = RecordStatementKey(
        collection=collection.name,
        schema=collection.detail,
        bound=frozenset(bound),
        selected=selection_key(selection),
        selection=selection,
    )
    return Prepared(statement_key, bound, variants)


def _reversed_ranges(query: ListQuery, bound: Mapping[str, Any]) -> Iterator[Violation]:
    """A fault for each range that ends before it begins: no record can lie in it."""
    for name, first in bound.items():
        last = name.removesuffix("_from") + "_to"
        if name.endswith("_from") and last in bound and bound[last] < first:
            yield Violation(
                f"`{name}` ({getattr(query, name)}) is after `{last}` ({getattr(query, last)})",
                parameter=name,
                hint="Exchange the two.",
            )


def _order(collection: ReadSpec, query: ListQuery, violations: list[Violation]) -> Order:
    given = query.sort or [_default_sort(collection, query)]
    order: list[tuple[str, bool]] = []
    for word in given:
        name = word.removeprefix("-")
        if name not in collection.sorts:
            violations.append(
                Violation(
                    f"{collection.name} cannot be sorted by '{name}'.",
                    None,
                    "sort",
                    allowed_hint(name, list(collection.sorts)),
                )
            )
        elif collection.sorts[name] in (column for column, _ in order):
            violations.append(Violation(f"'{name}' stands twice.", None, "sort", "Keep one of the two."))
        else:
            order.append((collection.sorts[name], word.startswith("-")))
    if len(order) > 3:
        violations.append(Violation("A list is sorted by three names at most.", parameter="sort"))
    descends = order[-1][1] if order else False
    return *order, ("id", descends)


def _default_sort(collection: ReadSpec, query: ListQuery) -> str:
    if collection.sort_where:
        parameters, sort = collection.sort_where
        varied = {name: marker.vary for name, marker in markers(type(query), (Built,)) if marker.vary}
        for name in parameters:
            value = getattr(query, name)
            if value is not None and (name not in varied or varied[name](value) == "named"):
                return sort
    return collection.default_sort


def presence_words(collection: ReadSpec) -> list[str]:
    """What `has=` and `missing=` may name: columns that may be empty, relations, the collection's own words, and what
    `facets=` counts: `missing=` finds the bucket of null."""
    mapper = inspect(collection.model)
    known = {*collection.presence, *mapper.relationships.keys()}
    known |= {name for name, column in mapper.columns.items() if column.nullable or column.server_default is not None}
    known -= {name for name, column in mapper.columns.items() if is_made(column)}
    known -= {
        name for name in known if name.startswith("withdrawn_") or name.endswith(("_min", "_max", "_precision", "_id"))
    }
    return sorted(known | facets_of(collection.query).keys())


def _paths(
    collection: ReadSpec, parameter: str, names: Sequence[str] | None, violations: list[Violation]
) -> tuple[str, ...]:
    """The words of `has=` or `missing=`, sorted."""
    if not names:
        return ()
    known = presence_words(collection)
    for name in names:
        if name not in known:
            violations.append(
                Violation(
                    f"{collection.name} have no '{name}' to look for.",
                    None,
                    parameter,
                    allowed_hint(name, known),
                )
            )
    return tuple(word for word in known if word in names)


def _facets(collection: ReadSpec, query: ListQuery, violations: list[Violation]) -> tuple[str, ...]:
    """What is to be counted. The order is the asker's; it is the order of the answer."""
    known = facets_of(collection.query)
    for name in query.facets or ():
        if name not in known:
            violations.append(
                Violation(
                    f"{collection.name} cannot be counted by '{name}'.",
                    None,
                    "facets",
                    allowed_hint(name, sorted(known)),
                )
            )
    return tuple(name for name in query.facets or () if name in known)
