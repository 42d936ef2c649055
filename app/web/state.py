"""State of the HTTP layer: the typed object that takes the place of Starlette's `app.state`.

`app.resources.state.ServerState` extends it with what the routes of resources need.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI, Request
from starlette.responses import Response

if TYPE_CHECKING:
    from app.web.access import KeyStore
    from app.web.read_response import CachePolicy

#: Makes the HTML page of a problem, or returns None if the request prefers JSON.
ProblemPage = Callable[[Request, Mapping[str, Any]], Response | None]


@dataclass
class WebState:
    """What the HTTP layer knows about its application. Fields with `init=False` are set when the database has been
    opened."""

    #: Whether reading needs no API key.
    is_public: bool = True
    #: URL of this server as clients see it; None = not set in the settings.
    public_url: str | None = None
    problem_page: ProblemPage | None = None
    #: Seconds within which a request body must arrive, plus one second for each KiB.
    body_seconds: float = 30.0
    key_store: "KeyStore" = field(init=False)
    cache_policy: "CachePolicy" = field(init=False)


def install_state(app: FastAPI, state: WebState) -> None:
    """Make `state` the state of the application."""
    app.state = state  # type: ignore[assignment]


def web_state(request: Request) -> WebState:
    """The state of the application that handles the request."""
    state: WebState = request.app.state
    return state
