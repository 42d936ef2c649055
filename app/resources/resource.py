"""Declaration of a resource. `app.resources.read_routes` and `app.resources.write_routes` build its routes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import Request
from fastapi import Response as HttpResponse

from app.reading.formats.format import Format
from app.reading.query import DetailQuery
from app.reading.read_spec import ReadSpec
from app.resources.negotiation import media_types_of, preferred, takes_anything
from app.web.media_types import JSON
from app.writing.write_spec import WriteSpec


@dataclass(frozen=True)
class Described:
    """Further media types in which a single record is available, besides JSON and the formats of lists. They can only
    be requested with `Accept`. `make` takes the request, the media type and the whole record."""

    media_types: tuple[str, ...]
    make: Callable[[Request, str, Mapping[str, Any]], HttpResponse]

    def wanted(self, request: Request, query: DetailQuery, formats: Mapping[str, Format]) -> str | None:
        """The media type that the request prefers; None if it prefers JSON or another format, or selects fields."""
        if query.format is not None or query.fields or query.include or takes_anything(request):
            return None
        best = preferred(request.headers["accept"], [JSON, *media_types_of(formats), *self.media_types])
        return best if best in self.media_types else None


@dataclass(frozen=True)
class Resource:
    """A collection as its package declares it: read and write specifications, and texts for the documentation."""

    read_spec: ReadSpec
    kind: WriteSpec
    #: The noun for one record, as in "a talk": for summaries and operation ids.
    noun: str
    #: What one record is, for its section of the documentation.
    definition: str
    #: What the list contains, as a sentence for the documentation.
    about: str
    #: A query string that works with the bundled data, shown as an example.
    example: str
    #: Slug of a bundled record, shown as an example.
    record: str
    #: A body that creates a record in addition to the bundled ones, shown as an example.
    draft: Mapping[str, Any]
    #: Further media types in which a single record is available.
    described: Described | None = None
    #: Sections of the documentation are sorted by this number; sections with the same number are in the order of the
    #: registry.
    docs_position: int = 100

    @property
    def name(self) -> str:
        return self.read_spec.name

    @property
    def title(self) -> str:
        """The noun as a prefix of schema names and a suffix of operation ids: `Talk`."""
        return self.noun.title().replace(" ", "")

    @property
    def a_noun(self) -> str:
        """The noun with its article: "an issue"."""
        return f"an {self.noun}" if self.noun[0] in "aeiou" else f"a {self.noun}"
