"""The shape of a search's statement, and what it binds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

from app.errors import ApiError, ProblemType, Violation
from app.reading.binding import bound_values
from app.reading.cursor import question, unseal
from app.reading.filters import FILTERS
from app.reading.preparation import Prepared
from app.reading.query import clocks, markers
from app.reading.read_spec import ReadSpec
from app.reading.search import Search, Unsearchable, parsed
from app.search.filters import Accounts, SearchedType, SearchFacet, SearchQuery
from app.search.statements.searchable import SEARCHED


@dataclass(frozen=True)
class Searching:
    """Everything that decides the SQL text."""

    #: The collections that are searched, in their declared order.
    types: tuple[str, ...]
    bound: frozenset[str]
    accounts: Accounts
    facets: tuple[SearchFacet, ...]
    #: One of the searched collections, for the reader.
    collection: str
    #: Filters of the searched collections: collection → parameter → marker.
    filters: Mapping[str, Mapping[str, Any]] = field(compare=False)

    def __str__(self) -> str:
        """What was asked, without a value: for the log."""
        return f"search={','.join(self.types)} parameters={','.join(sorted(self.bound))}"


def prepare_search(query: SearchQuery, collections: Mapping[str, ReadSpec], secret: bytes) -> Prepared:
    """Raises ApiError: words that cannot be searched for, a collection that lacks a filter, a cursor of another query."""
    violations: list[Violation] = []
    search = _search(query, violations)
    bound, variants = bound_values(query)
    filters: dict[str, dict[str, Any]] = {one.type: _filters(collections[one.type].query) for one in SEARCHED}
    asked = [name for name in ("process", "party") if getattr(query, name) is not None]
    types = []
    for type_ in query.type or [one.type for one in SEARCHED]:
        lacking = [name for name in asked if name not in filters[type_]]
        if not lacking:
            types.append(type_)
        elif query.type:
            violations += [Violation(f"{type_} have no {name}.", parameter=name) for name in lacking]
    if violations:
        raise ApiError(ProblemType.INVALID, "The query is not valid.", violations)
    types = [one.type for one in SEARCHED if one.type in types]
    if search:
        bound |= search.bound()
    if query.lang:
        bound["lang"] = query.lang
    about = question("search", {**bound, **variants, "types": types, "account": query.account, **clocks(query)}, ())
    if query.cursor:
        bound |= {f"cursor_{n}": key for n, key in enumerate(unseal(secret, about, query.cursor))}
    bound["limit"] = query.limit
    facets = tuple(query.facets or (SearchFacet.TYPE,))
    shape = Searching(tuple(types), frozenset(bound), query.account, facets, types[0], filters)
    return Prepared(shape, bound, variants, about)


def _search(query: SearchQuery, violations: list[Violation]) -> Search | None:
    try:
        search = parsed(query.q)
    except Unsearchable as reason:
        violations.append(Violation(str(reason), parameter="q", hint=reason.hint))
        return None
    if not search.clauses:
        hint = "Add a word to look for; a list, as /v1/demands?q=-prisoners, takes what only excludes."
        violations.append(Violation("There are only words to exclude in this.", parameter="q", hint=hint))
    return search


def _filters(query: type[BaseModel]) -> dict[str, Any]:
    return {name: marker for name, marker in markers(query, FILTERS) if name in ("process", "party")}


def types_of(shape: Searching) -> list[Any]:
    """The declarations of the searched collections."""
    return [one for one in SEARCHED if SearchedType(one.type) in shape.types]
