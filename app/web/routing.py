"""Facts about routes: their query parameters, methods and paths."""

from collections import Counter
from collections.abc import Mapping
from urllib.parse import quote
from weakref import WeakKeyDictionary

from fastapi import FastAPI, Request
from starlette.types import Scope

from app.errors import ApiError, ProblemType, Violation, count_errors, nearest, quoted
from app.web.fastapi_internals import RoutePath, matched_template, query_annotations, route_paths
from app.web.validation import is_repeatable

#: Key of the request's state: the path template of a request that the cache answered without matching a route.
ROUTE = "route_template"
#: The routes of each application, for `find_template`: to list them takes twenty times as long as to look one up.
_ROUTES: WeakKeyDictionary[FastAPI, tuple[RoutePath, ...]] = WeakKeyDictionary()
_READ_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def query_parameters(scope: Scope) -> dict[str, object]:
    """The query parameters of the matched route, each with its annotation."""
    return query_annotations(scope)


def repeated_parameters(request: Request, parameters: Mapping[str, object]) -> list[Violation]:
    """One violation for each scalar parameter that was sent more than once."""
    counts = Counter(name for name, _ in request.query_params.multi_items())
    return [
        Violation(f"Sent {count} times, but it takes one value", parameter=name, hint="Send it once.")
        for name, count in counts.items()
        if count > 1 and name in parameters and not is_repeatable(parameters[name])
    ]


async def check_query(request: Request) -> None:
    """A dependency of all routes. Rejects scalar parameters that are sent twice, because FastAPI would use the last
    value. Rejects unknown parameters of routes without parameters, because FastAPI would ignore them."""
    names = [name for name, _ in request.query_params.multi_items()]
    if not names:
        return
    known = query_parameters(request.scope)
    violations = repeated_parameters(request, known) if len(names) > len(set(names)) else []
    if not known and request.url.path.startswith("/v1/"):
        body_hint = " Send the values in the body." if request.method == "POST" else ""
        hint = f"This path takes no query parameters.{body_hint}"
        violations += [
            Violation(f"Unknown parameter {quoted(name, 60)}", parameter=name, hint=hint)
            for name in dict.fromkeys(names)
        ]
    if violations:
        raise ApiError(ProblemType.INVALID, count_errors(violations), violations)


def allowed_methods(scope: Scope) -> set[str]:
    """All methods that any route allows for the requested path; empty if the path is unknown. The routes of exactly this
    path come before those of a pattern: `/v1/talks/batch-get` is not a record."""
    path = scope["path"].removeprefix(scope.get("root_path", "")) or "/"
    literal: set[str] = set()
    methods: set[str] = set()
    for route in route_paths(scope.get("app")):
        if route.methods and route.template == path:
            literal |= route.methods
        elif route.methods and route.regex is not None and route.regex.match(path):
            methods |= route.methods
    methods = literal or methods
    if "GET" in methods:
        methods |= _READ_METHODS
    return methods


def route_of(scope: Scope) -> str:
    """The path template of the route that answered the request; empty if no route did."""
    return matched_template(scope) or scope.get("state", {}).get(ROUTE, "")


def find_template(scope: Scope) -> str:
    """The path template of the route that would answer the request; empty if there is none. Compares all routes, so it is
    only for requests that were answered before a route was matched."""
    app = scope.get("app")
    if app is None:
        return ""
    if (routes := _ROUTES.get(app)) is None:
        routes = _ROUTES[app] = tuple(route_paths(app))
    path = scope["path"].removeprefix(scope.get("root_path", "")) or "/"
    method = "GET" if scope["method"] == "HEAD" else scope["method"]
    found = ""
    for route in routes:
        if method in route.methods:
            if route.template == path:
                return path
            if not found and route.regex is not None and route.regex.match(path):
                found = route.template
    return found


def nearest_path(request: Request) -> str | None:
    """The existing path that is most similar to the requested one; parameters keep their values. If no path below the same
    parent is similar, it is the parent, which lists what is below it (`/v1/reports`)."""
    path = request.url.path
    if len(path) > 200 or "/.." in path:
        return None
    segments = path.strip("/").split("/")
    parent = "/" + "/".join(segments[:-1])
    is_below_a_list = False
    candidates = set()
    for route in route_paths(request.app):
        is_below_a_list |= route.template == parent != "/"
        template = route.template.strip("/").split("/")
        if len(template) == len(segments) and template != [""]:
            pairs = [
                (sent if known.startswith("{") else known, sent) for known, sent in zip(template, segments, strict=True)
            ]
            # Segments are compared one by one, because two long paths are similar as a whole even if the segment that
            # matters differs.
            if all(known == sent or nearest(sent, [known]) for known, sent in pairs):
                candidates.add("/" + "/".join(known for known, _ in pairs))
    siblings = {one for one in candidates if one.startswith(f"{parent}/")}
    near = nearest(path, (siblings or candidates) - {path})
    if is_below_a_list and near not in siblings:
        near = parent
    return quote(near, safe="/:") if near else None
