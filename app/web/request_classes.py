"""The class of each operation. Each class has places and a queue of its own (`app.web.admission`), so that expensive
requests delay each other but no cheap ones.

The first rule that matches the method and the path decides. Every operation has a rule: tests/web/test_admission.py goes
through the OpenAPI document. Decision 41 in app/DECISIONS.md describes the whole way of a request.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import unquote_plus

from starlette.types import Scope


class RequestClass(StrEnum):
    """What a request costs."""

    #: One record, or a page of a list that an index finds.
    LIST = "list"
    #: A condition or a count that may read a whole table.
    SEARCH = "search"
    #: A computed answer.
    REPORT = "report"
    #: A response that is read while it is sent: it holds a connection for as long as the client takes.
    EXPORT = "export"
    #: A change of the data.
    WRITE = "write"
    #: A request that has places of its own, because it lasts long by design: imports and followers of changes.
    LONG = "long"

    @property
    def is_expensive(self) -> bool:
        """Whether requests of this class must leave connections to the others."""
        return self in (RequestClass.SEARCH, RequestClass.REPORT, RequestClass.EXPORT)


@dataclass(frozen=True, slots=True)
class Rule:
    """The class of the operations at these paths. `is_list`: whether the class depends on the query."""

    methods: frozenset[str]
    path: re.Pattern[str]
    #: None = the response is made from memory and needs no place.
    request_class: RequestClass | None
    is_list: bool = False


def _rule(methods: str, path: str, request_class: RequestClass | None, *, is_list: bool = False) -> Rule:
    return Rule(frozenset(methods.split()), re.compile(f"/v1/{path}"), request_class, is_list)


_READ, _SENT = "GET HEAD", "POST PUT PATCH DELETE"
RULES = (
    _rule(_READ, r"(me|vocabularies|profiles(/[^/]+)?|dossiers/schema)", None),
    _rule("POST", "imports", RequestClass.LONG),
    _rule(_READ, "changes", RequestClass.LIST, is_list=True),
    _rule("POST", r"\w+/batch-get", RequestClass.LIST),
    _rule("POST GET HEAD", r"(reconcile|search)(/.*)?", RequestClass.SEARCH),
    _rule(_SENT, ".*", RequestClass.WRITE),
    _rule(_READ, r"releases/[^/]*\.\.[^/]*", RequestClass.REPORT),
    _rule(_READ, r"releases/[^/]+/(bundle\.zip|[^/]+\.(csv|ndjson|parquet)(\.gz)?)", RequestClass.EXPORT),
    _rule(_READ, r"releases(/.*)?", RequestClass.LIST),
    _rule(_READ, r"(dossiers/all|processes/[^/]+/dossier)", RequestClass.EXPORT),
    _rule(_READ, r"(reports/.+|deadlines|duplicates|revisions|statements)", RequestClass.REPORT),
    _rule(_READ, r"(datapackage\.json|croissant\.json|dcat\.jsonld)", RequestClass.REPORT),
    _rule(
        _READ,
        r"(reports|schemes|resolve|vocabularies|terms|webhooks|keys|duplicates|revisions)(/.*)?",
        RequestClass.LIST,
    ),
    _rule(_READ, r"\w+/[^/]+/[^/]+", RequestClass.REPORT),
    _rule(_READ, r"\w+/[^/]+", RequestClass.LIST),
    _rule(_READ, r"\w+", RequestClass.LIST, is_list=True),
)
#: Parameters of lists that may make a statement read a whole table, or count all matching records.
SEARCHING = frozenset({"q", "facets", "count", "state", "is_owed", "bbox", "quantity_min", "quantity_max"})
#: Values of `format`, and parts of `Accept`, for which a list is read while it is sent.
_STREAMED_FORMATS = frozenset(
    {"csv", "ndjson", "parquet", "geojson", "ics", "atom", "feed", "rss", "jsonld", "csljson", "ris", "bibtex"}
)
_STREAMED_TYPES = re.compile(
    r"csv|ndjson|parquet|geo\+json|calendar|atom|rss|feed\+json|ld\+json|csl|research-info|bibtex|event-stream", re.I
)


def class_of(scope: Scope) -> RequestClass | None:
    """The class of a request; None for pages, documentation and health checks, which need no place."""
    path: str = scope["path"].removeprefix(scope.get("root_path", ""))
    if not path.startswith("/v1/"):
        return None
    method = scope["method"]
    for rule in RULES:
        if method in rule.methods and rule.path.fullmatch(path):
            return _class_of_list(scope, path) if rule.is_list else rule.request_class
    return RequestClass.LIST


def _class_of_list(scope: Scope, path: str) -> RequestClass:
    names: set[str] = set()
    formats: set[str] = set()
    for part in scope.get("query_string", b"").decode("latin-1").split("&"):
        name, _, value = part.partition("=")
        names.add(name := unquote_plus(name))
        if name == "format":
            formats.update(unquote_plus(value).split(","))
    if path == "/v1/changes":
        # Waiting clients have places of their own (`app.history.followers`).
        if "wait" in names or "events" in formats or _accepts(scope, "event-stream"):
            return RequestClass.LONG
        return RequestClass.EXPORT if "ndjson" in formats or _accepts(scope, "ndjson") else RequestClass.LIST
    if "limit" not in names and (formats & _STREAMED_FORMATS or "rows" in names or "bom" in names):
        return RequestClass.EXPORT
    if "limit" not in names and not formats and _STREAMED_TYPES.search(_accept(scope)):
        return RequestClass.EXPORT
    return RequestClass.SEARCH if any(name.partition(".")[0] in SEARCHING for name in names) else RequestClass.LIST


def _accepts(scope: Scope, media_type: str) -> bool:
    return media_type in _accept(scope)


def _accept(scope: Scope) -> str:
    return next((value.decode("latin-1") for name, value in scope["headers"] if name == b"accept"), "")
