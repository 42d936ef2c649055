"""Requests of `parley report`: to the application in this process, over the local database, or to another server."""

import json
from collections.abc import Mapping

import httpx

from app.errors import ApiError, ProblemType, Violation, quoted
from app.main import create_app, serve_from
from app.registry import RESOURCES
from app.runtime.bootstrap import ensure_schema
from app.runtime.console import CommandError
from app.runtime.ledger import connect
from app.settings import Settings

#: Seconds without a byte from another server after which the command gives up.
_PATIENCE = 120.0


async def ask_database(database: str, settings: Settings, path: str, query: Mapping[str, str]) -> httpx.Response:
    """The answer of the application, which runs in this process over the database for this one request."""
    await ensure_schema(database, settings)
    # Everybody who can run this command can read the database anyway, so no API key is needed.
    chosen = settings.model_copy(update={"database_url": database, "pool_size": 1, "read_access": "public"})
    app = create_app(chosen)
    async with connect(database, chosen, RESOURCES) as ledger:
        serve_from(app, ledger)
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1", follow_redirects=True) as client:
            return _checked(await client.get(path, params=dict(query)))


async def ask_server(url: str, api_key: str | None, path: str, query: Mapping[str, str]) -> httpx.Response:
    """The answer of the server at this URL."""
    headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
    try:
        async with httpx.AsyncClient(headers=headers, timeout=_PATIENCE, follow_redirects=True) as client:
            return _checked(await client.get(f"{url.rstrip('/')}{path}", params=dict(query)))
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise CommandError(f"No answer from {quoted(url)}: {error or type(error).__name__}.") from None


def _checked(response: httpx.Response) -> httpx.Response:
    """The response, if it is a success. Raises ApiError with the errors of a problem."""
    if response.is_success:
        return response
    try:
        problem = response.json()
        detail, errors = str(problem["detail"]), problem.get("errors", [])
        violations = [
            Violation(error["message"], error.get("pointer"), error.get("parameter"), error.get("hint"))
            for error in errors
        ]
    except (json.JSONDecodeError, UnicodeDecodeError, KeyError, TypeError, AttributeError):
        raise CommandError(f"{response.url} answered {response.status_code}, which is no answer of Parley.") from None
    raise ApiError(ProblemType.INVALID, detail, violations)
