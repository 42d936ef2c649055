"""Turn a query into a statement key and bound values, and report all errors of the query at once."""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from pydantic import BaseModel
from sqlalchemy import inspect

from app.db.columns import is_generated
from app.errors import ApiError, ProblemType, Violation, allowed_hint, quoted
from app.reading.binding import bound_keys, bound_values
from app.reading.cursor import cursor_scope, decode_cursor
from app.reading.filters import Built
from app.reading.query import DetailQuery, ListQuery, clock_values, facets_of, markers, split
from app.reading.read_spec import ReadSpec
from app.reading.search import Unsearchable, parse_search
from app.reading.selection import Selection, Summaries, check_cost, select, selection_key
from app.reading.statement_keys import SIZES, ListStatementKey, Order, RecordStatementKey


class StatementKey(Hashable, Protocol):
    """The interface of all statement keys."""

    @property
    def collection(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Prepared:
    """A checked query: the key of its statement, and the values to bind."""

    statement_key: StatementKey
    bound: dict[str, Any]
    variants: dict[str, str]
    #: What a cursor of this query is valid for (`app.reading.cursor`).
    cursor_scope: bytes = b""


@dataclass(frozen=True, slots=True)
class CostLimits:
    """Limits on the cost of a query."""

    #: Maximum number of steps in a path of `include`.
    depth: int = 4
    #: Maximum number of records, by estimate, in the included branches of one answer.
    cost: int = 100_000
    #: Maximum number of open streams. Each stream holds a connection until the client has read all of it.
    streams: int = 5
    #: Statements that take at least this many milliseconds are logged.
    slow_ms: int = 1_000


def prepare_list(
    collection: ReadSpec,
    query: ListQuery,
    summaries: Summaries,
    secret: bytes,
    bounds: CostLimits,
    schema: type[BaseModel] | None = None,
    limit: int | None = None,
) -> Prepared:
    """Prepare the query of a list. `schema`: the schema of the rows; by default, the summary. `limit` None = all rows,
    for a stream.

    Raises ApiError with all errors in `include`, `fields`, `sort`, `has`, `missing`, `facets`, `external_id`, `q` and the
    cursor."""
    schema = schema or collection.row_with(query.fields)
    named = _named(collection, query, schema, summaries, bounds)
    selection, order, violations = named.selection, named.order, named.violations
    if not any(violation.parameter in ("include", "fields") for violation in violations):
        violations += check_cost(schema, selection, summaries, limit, bounds.cost)
    bound, variants = bound_values(query)
    violations += _reversed_ranges(query, bound)
    bound |= _common_values(collection, query, violations)
    about = cursor_scope(
        collection.name, {**bound, **variants, "has": named.has, "missing": named.missing, **clock_values(query)}, order
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


def _common_values(collection: ReadSpec, query: ListQuery, violations: list[Violation]) -> dict[str, object]:
    """The bound values of the parameters that all lists have: `id`, `external_id`, `updated_since` and `q`."""
    bound = bound_keys("id", query.id or (), collection.name)
    for value in query.external_id or ():
        if not all(value.partition(":")):
            violations.append(
                Violation(
                    f"{quoted(value)} does not have the form `scheme:value`.",
                    parameter="external_id",
                    hint="Example: wikidata:Q159.",
                )
            )
    bound |= bound_keys("external_id", (v for v in query.external_id or () if all(v.partition(":"))), collection.name)
    if query.updated_since:
        bound["updated_since"] = query.updated_since
    if query.q:
        try:
            bound |= parse_search(query.q).bound()
        except Unsearchable as reason:
            violations.append(Violation(str(reason), parameter="q", hint=reason.hint))
    return bound


@dataclass(frozen=True, slots=True)
class _Named:
    """The values of the parameters that name parts of a collection: branches and fields, sort keys, presence rules,
    facets."""

    selection: Selection
    order: Order
    has: tuple[str, ...]
    missing: tuple[str, ...]
    facets: tuple[str, ...]
    violations: list[Violation]


def _named(
    collection: ReadSpec, query: ListQuery, schema: type[BaseModel], summaries: Summaries, bounds: CostLimits
) -> _Named:
    selection, violations = select(schema, query.include, query.fields, summaries, bounds.depth)
    order = _order(collection, query, violations)
    has = _paths(collection, "has", query.has, violations)
    missing = _paths(collection, "missing", query.missing, violations)
    return _Named(selection, order, has, missing, _facets(collection, query, violations), violations)


def violations_of_names(
    collection: ReadSpec, sort_names: Mapping[str, list[str]], summaries: Summaries, bounds: CostLimits
) -> list[Violation]:
    """The errors in the names that a query uses. Queries with other invalid values are checked too, so that all errors
    are reported at once."""
    names = ("include", "fields", "sort", "has", "missing", "facets")
    values: dict[str, Any] = {name: split(sort_names[name]) or None for name in names if name in sort_names}
    query = collection.query.model_construct(**values)
    return _named(collection, query, collection.row_with(query.fields), summaries, bounds).violations


def prepare_one(
    collection: ReadSpec, key: str, query: DetailQuery, summaries: Summaries, bounds: CostLimits
) -> Prepared:
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


#: Suffixes of range parameters: for the start, for the end, and the word for a start that is beyond the end.
_ENDS = {"from": ("to", "after"), "min": ("max", "greater than")}


def _reversed_ranges(query: ListQuery, bound: Mapping[str, Any]) -> Iterator[Violation]:
    """A violation for each range that ends before it begins."""
    for name, first in bound.items():
        start = next((word for word in _ENDS if name.endswith(f"_{word}")), None)
        if start is None:
            continue
        end, comparison = _ENDS[start]
        last = f"{name.removesuffix(start)}{end}"
        if last in bound and bound[last] < first:
            yield Violation(
                f"`{name}` ({getattr(query, name)}) is {comparison} `{last}` ({getattr(query, last)})",
                parameter=name,
                hint="Swap the two values.",
            )


def _order(collection: ReadSpec, query: ListQuery, violations: list[Violation]) -> Order:
    sort_names = query.sort or [_default_sort(collection, query)]
    order: list[tuple[str, bool]] = []
    for word in sort_names:
        name = word.removeprefix("-")
        if name not in collection.sorts:
            violations.append(
                Violation(
                    f"{collection.name} cannot be sorted by {quoted(name)}.",
                    None,
                    "sort",
                    allowed_hint(name, list(collection.sorts)),
                )
            )
        elif collection.sorts[name] in [column for column, _ in order]:
            violations.append(Violation(f"{quoted(name)} occurs twice.", None, "sort", "Remove one of the two."))
        else:
            order.append((collection.sorts[name], word.startswith("-")))
    if len(order) > 3:
        violations.append(Violation("`sort` accepts at most three names.", parameter="sort"))
    descends = order[-1][1] if order else False
    return *_within_days(collection, order), ("id", descends)


def _within_days(collection: ReadSpec, order: Sequence[tuple[str, bool]]) -> Iterator[tuple[str, bool]]:
    """The sort keys, with those that order the records of one day after the day. Keys that the query names itself stay
    where they are."""
    named = {column for column, _ in order}
    for column, descends in order:
        yield column, descends
        if column == "sort_on":
            yield from ((name, descends) for name in collection.model.__within_day__ if name not in named)


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
    """The names that `has=` and `missing=` accept: nullable columns, relationships, presence rules of the collection, and
    facets, whose null bucket `missing=` finds."""
    mapper = inspect(collection.model)
    known = {*collection.presence, *mapper.relationships.keys()}
    known |= {name for name, column in mapper.columns.items() if column.nullable or column.server_default is not None}
    known -= {name for name, column in mapper.columns.items() if is_generated(column)}
    known -= {
        name for name in known if name.startswith("withdrawn_") or name.endswith(("_min", "_max", "_precision", "_id"))
    }
    return sorted(known | facets_of(collection.query).keys())


def _paths(
    collection: ReadSpec, parameter: str, names: Sequence[str] | None, violations: list[Violation]
) -> tuple[str, ...]:
    """The valid names of `has=` or `missing=`, sorted."""
    if not names:
        return ()
    known = presence_words(collection)
    for name in names:
        if name not in known:
            violations.append(
                Violation(
                    f"{collection.name} have no {quoted(name)}.",
                    None,
                    parameter,
                    allowed_hint(name, known),
                )
            )
    return tuple(word for word in known if word in names)


def _facets(collection: ReadSpec, query: ListQuery, violations: list[Violation]) -> tuple[str, ...]:
    """The facets to count. The answer lists them in the order of the request."""
    known = facets_of(collection.query)
    for name in query.facets or ():
        if name not in known:
            violations.append(
                Violation(
                    f"{collection.name} cannot be counted by {quoted(name)}.",
                    None,
                    "facets",
                    allowed_hint(name, sorted(known)),
                )
            )
    return tuple(name for name in query.facets or () if name in known)
