"""State of the server as routes see it: reader, writer, limits, and objects that belong to single packages."""

from dataclasses import dataclass, field
from typing import Any, TypeVar

from fastapi import Request

from app.reading.head_watcher import HeadWatcher
from app.reading.known_to import at_clocks
from app.reading.query import ClockQuery
from app.reading.reader import Reader
from app.settings import Settings
from app.web.places import Places
from app.web.response_cache import ResponseCache
from app.web.state import WebState
from app.web.upload_stream import UploadLimits
from app.writing.writer import Writer

T = TypeVar("T")


@dataclass(kw_only=True)
class ServerState(WebState):
    """The state of one application. Fields with `init=False` are set when the database has been opened."""

    settings: Settings
    max_body_bytes: int
    max_dossier_bytes: int
    dossier_records_max: int
    idempotency_hours: float
    import_bounds: UploadLimits
    #: Limits on concurrent work. Each export or comparison occupies a connection of the writer, and between statements
    #: it occupies the event loop.
    import_places: Places
    export_places: Places = field(default_factory=lambda: Places("exports of dossiers", 2, seconds=2, per_address=1))
    comparison_places: Places = field(default_factory=lambda: Places("comparisons", 1, waiting=8, seconds=5))
    response_cache: ResponseCache
    reader: Reader = field(init=False)
    writer: Writer = field(init=False)
    head_watcher: HeadWatcher = field(init=False)
    #: Objects of packages above this one, by their class.
    parts: dict[type, Any] = field(default_factory=dict)

    def add(self, part: object) -> None:
        """Store an object of a package, replacing an earlier one of the same class."""
        self.parts[type(part)] = part

    def part(self, kind: type[T]) -> T:
        """The object of this class that a package added."""
        found: T = self.parts[kind]
        return found


def server_state(request: Request) -> ServerState:
    """The state of the application that handles the request."""
    state: ServerState = request.app.state
    return state


def reader_of(request: Request) -> Reader:
    return server_state(request).reader


async def reader_at(request: Request, query: ClockQuery) -> Reader:
    """Return a reader for the requested `as_of`, `known_by` and `known_to`. Raises ApiError if `as_of` is before the first
    revision, or if the party does not exist."""
    return await at_clocks(reader_of(request), query)


def writer_of(request: Request) -> Writer:
    return server_state(request).writer
