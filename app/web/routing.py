"""What the routes themselves know: their query parameters, their methods, their paths."""

from collections import Counter
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from fastapi import Request
from fastapi.dependencies.utils import get_flat_params
from fastapi.routing import iter_route_contexts
from starlette.types import Scope

from app.errors import ApiError, ProblemType, Violation, nearest
from app.web.validation import is_repeatable
from app.web.validation_messages import shorten

_READ_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def count_of(violations: list[Violation]) -> str:
    """How many faults there are, as a sentence."""
    return "1 validation error." if len(violations) == 1 else f"{len(violations)} faults were found."


def query_parameters(scope: Scope) -> dict[str, Any]:
    """The query parameters which the matched route takes, each with its annotation."""
    # A route that was included under a prefix has a context apart; only that knows all dependencies.
    context = scope.get("fastapi", {}).get("effective_route_context") or scope.get("route")
    dependant = getattr(context, "dependant", None) or getattr(scope.get("route"), "dependant", None)
    if dependant is None:
        return {}
    return {
        field.alias: field.field_info.annotation
        for field in get_flat_params(dependant)
        if getattr(getattr(field.field_info, "in_", None), "value", "query") == "query"
    }


def repeated_parameters(request: Request, parameters: Mapping[str, Any]) -> list[Violation]:
    """One fault for each scalar parameter that was given more than once."""
    times = Counter(name for name, _ in request.query_params.multi_items())
    return [
        Violation(f"Given {count} times, but it takes one value", parameter=name, hint="Give it once.")
        for name, count in times.items()
        if count > 1 and name in parameters and not is_repeatable(parameters[name])
    ]


async def check_query(request: Request) -> None:
    """Dependency of the whole app: a scalar given twice is refused, where FastAPI would take the last one, and so is
    what the API does not know on a route that takes nothing, where FastAPI would ignore it."""
    names = [name for name, _ in request.query_params.multi_items()]
    if not names:
        return
    known = query_parameters(request.scope)
    violations = repeated_parameters(request, known) if len(names) > len(set(names)) else []
    if not known and request.url.path.startswith("/v1/"):
        said = "; what it takes stands in its body" if request.method == "POST" else ""
        hint = f"This address takes no parameters{said}."
        violations += [
            Violation(f"Nothing is called {shorten(name)} here", parameter=name, hint=hint)
            for name in dict.fromkeys(names)
        ]
    if violations:
        raise ApiError(ProblemType.INVALID, count_of(violations), violations)


def allowed_methods(scope: Scope) -> set[str]:
    """All methods known at the address of this request, over all routes; empty when the path is unknown."""
    app = scope.get("app")
    path = scope["path"].removeprefix(scope.get("root_path", "")) or "/"
    methods: set[str] = set()
    for context in iter_route_contexts(app.routes if app is not None else ()):
        regex = getattr(context, "path_regex", None)
        if context.methods and regex is not None and regex.match(path):
            methods |= context.methods
    if "GET" in methods:
        methods |= _READ_METHODS
    return methods


def nearest_path(request: Request) -> str | None:
    """The known path most like the one that was asked; parameters of the template take what was sent."""
    asked = request.url.path
    if len(asked) > 200 or "/.." in asked:
        return None
    segments = asked.strip("/").split("/")
    candidates = set()
    for context in iter_route_contexts(request.app.routes):
        template = (context.path_format or "").strip("/").split("/")
        if len(template) == len(segments) and template != [""]:
            pairs = [
                (sent if known.startswith("{") else known, sent) for known, sent in zip(template, segments, strict=True)
            ]
            # Each step by itself: two long addresses are alike even where the one step that matters is another.
            if all(known == sent or nearest(sent, [known]) for known, sent in pairs):
                candidates.add("/" + "/".join(known for known, _ in pairs))
    near = nearest(asked, candidates - {asked})
    return quote(near, safe="/:") if near else None
