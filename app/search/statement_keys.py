"""The statement key of a search, and the values that the statement binds."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import BaseModel

from app.errors import ApiError, ProblemType, Violation, quoted
from app.reading.binding import bound_values
from app.reading.cursor import cursor_scope, decode_cursor
from app.reading.filters import FILTERS, Filter
from app.reading.preparation import Prepared
from app.reading.query import clock_values, markers
from app.reading.read_spec import ReadSpec
from app.reading.search import Search, Unsearchable, parse_search
from app.search.filters import Accounts, SearchFacet, SearchQuery
from app.search.statements.searchable import Searched, searched_collections


@dataclass(frozen=True)
class SearchKey:
    """The statement key of a search: everything that determines the SQL text."""

    #: The searched collections, in the order of the registry.
    types: tuple[str, ...]
    bound: frozenset[str]
    accounts: Accounts
    facets: tuple[SearchFacet, ...]
    #: One of the searched collections, because the reader requires every statement key to name one.
    collection: str
    #: Filter markers of the searched collections, by collection and parameter.
    filters: Mapping[str, Mapping[str, Filter]] = field(compare=False)
    #: The declarations of the collections in `types`.
    searched: tuple[Searched, ...] = field(compare=False)

    def __str__(self) -> str:
        """A description for the log, without values."""
        return f"search={','.join(self.types)} parameters={','.join(sorted(self.bound))}"


def prepare_search(query: SearchQuery, collections: Mapping[str, ReadSpec], secret: bytes) -> Prepared:
    """Validate a search and prepare its statement.

    Raises `ApiError` for an invalid `q`, a collection that lacks a requested filter, or a cursor of another query."""
    violations: list[Violation] = []
    search = _search(query, violations)
    bound, variants = bound_values(query)
    searchable = searched_collections(collections)
    filters: dict[str, dict[str, Filter]] = {one.type: _filters(collections[one.type].query) for one in searchable}
    used = [name for name in ("process", "party") if getattr(query, name) is not None]
    types = []
    for type_ in query.type or filters:
        lacking = [name for name in used if name not in filters[type_]]
        if not lacking:
            types.append(type_)
        elif query.type:
            hint = f"Remove `{type_}` from `type`, or leave out the filter."
            violations += [
                Violation(f"The collection `{type_}` cannot be filtered by `{name}`.", parameter=name, hint=hint)
                for name in lacking
            ]
    if violations:
        raise ApiError(ProblemType.INVALID, "The query is invalid.", violations)
    searched = tuple(one for one in searchable if one.type in types)
    types = [one.type for one in searched]
    if search:
        bound |= search.bound()
    if query.lang:
        bound["lang"] = query.lang
    about = cursor_scope(
        "search", {**bound, **variants, "types": types, "account": query.account, **clock_values(query)}, ()
    )
    if query.cursor:
        bound |= {f"cursor_{n}": key for n, key in enumerate(decode_cursor(secret, about, query.cursor))}
    bound["limit"] = query.limit
    facets = tuple(query.facets or (SearchFacet.TYPE,))
    statement_key = SearchKey(tuple(types), frozenset(bound), query.account, facets, types[0], filters, searched)
    return Prepared(statement_key, bound, variants, about)


def _search(query: SearchQuery, violations: list[Violation]) -> Search | None:
    try:
        search = parse_search(query.q)
    except Unsearchable as reason:
        violations.append(Violation(str(reason), parameter="q", hint=reason.hint))
        return None
    if not search.clauses:
        hint = "Add a word to search for. Lists also accept a query that only excludes, as in /v1/demands?q=-prisoners."
        violations.append(Violation(f"`q` only excludes words: {quoted(query.q)}.", parameter="q", hint=hint))
    return search


def _filters(query: type[BaseModel]) -> dict[str, Filter]:
    return {name: marker for name, marker in markers(query, FILTERS) if name in ("process", "party")}
