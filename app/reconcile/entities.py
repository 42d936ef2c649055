"""What can be matched: parties, people, places and issues, and the properties by which one tells them apart."""

from dataclasses import dataclass
from typing import Any

TYPES = {
    "parties": "Parties: states, groups, organisations, coalitions",
    "people": "People",
    "places": "Places: venues, towns, regions, areas",
    "issues": "Issues: what is negotiated about",
}


@dataclass(frozen=True, slots=True)
class Property:
    """A property: its name for people, what it holds, of which types, and the type of the records that it names."""

    name: str
    about: str
    types: tuple[str, ...]
    names: str | None = None


_ALL = tuple(TYPES)
PROPERTIES = {
    "names": Property("All names", "The name shown and all others.", _ALL),
    "slug": Property("Slug", "The readable identifier within its collection.", _ALL),
    "summary": Property("Summary", "What is to be said of it; of an issue, the definition.", _ALL),
    "kind": Property("Kind", "State, armed group, coalition …; city, country, venue …", ("parties", "places")),
    "country": Property("Country", "Country codes (ISO 3166-1).", ("parties", "places")),
    "member_of": Property("Member of", "Coalitions and organisations to which it belongs.", ("parties",), "parties"),
    "party": Property("Party", "For whom the person acts.", ("people",), "parties"),
    "post": Property("Post", "Posts held.", ("people",)),
    "part_of": Property("Part of", "The place that contains it.", ("places",), "places"),
    "lat": Property("Latitude", "Degrees north (WGS 84).", ("places",)),
    "lon": Property("Longitude", "Degrees east (WGS 84).", ("places",)),
    "code": Property("Code", "Code of the issue.", ("issues",)),
    "broader": Property("Broader issue", "The issue under which it lies.", ("issues",), "issues"),
    "exact_match": Property("Exact match", "Codes elsewhere that mean the same, as `scheme:code`.", ("issues",)),
}


@dataclass(frozen=True, slots=True)
class Entity:
    """A record as this service tells it. `id` is `collection/slug`: slugs alone are one collection's."""

    collection: str
    slug: str
    name: str
    #: Property → its values: texts, numbers, or mentions `{"id", "name"}`.
    values: dict[str, list[Any]]
    #: Scheme → identifiers in it.
    identifiers: dict[str, list[str]]

    @property
    def id(self) -> str:
        return f"{self.collection}/{self.slug}"

    @property
    def names(self) -> list[str]:
        return self.values["names"]

    def of(self, name: str) -> list[Any]:
        """The values of a property, or the identifiers of a scheme."""
        return self.values.get(name) or self.identifiers.get(name) or []

    @property
    def description(self) -> str:
        """One line that tells namesakes apart."""
        said = [self.collection, *map(str, self.of("kind")), *self.of("code"), *self.of("post")[:2]]
        said += [one["name"] for name in ("party", "part_of", "broader") for one in self.of(name)]
        line = ", ".join(dict.fromkeys(part.replace("_", " ") for part in said))
        summary = (self.of("summary") or [""])[0]
        return f"{line}. {summary}"[:300].strip() if summary else line
