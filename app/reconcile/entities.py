"""The types of records that can be reconciled (parties, people, places, issues) and their properties."""

from dataclasses import dataclass
from typing import Any

TYPES = {
    "parties": "Parties: states, groups, organisations, coalitions",
    "people": "People",
    "places": "Places: venues, towns, regions, areas",
    "issues": "Issues: subjects of negotiation",
}


@dataclass(frozen=True, slots=True)
class Property:
    """A property, with its display name, its description, the types that have it, and the type of the records that it
    refers to."""

    name: str
    about: str
    types: tuple[str, ...]
    names: str | None = None


_ALL = tuple(TYPES)
PROPERTIES = {
    "names": Property("All names", "The main name and all other names.", _ALL),
    "slug": Property("Slug", "The readable identifier of the record within its collection.", _ALL),
    "summary": Property("Summary", "A short description; for an issue, its definition.", _ALL),
    "kind": Property("Kind", "State, armed group, coalition …; city, country, venue …", ("parties", "places")),
    "country": Property("Country", "Country codes (ISO 3166-1).", ("parties", "places")),
    "member_of": Property(
        "Member of", "Coalitions and organisations to which the party belongs.", ("parties",), "parties"
    ),
    "party": Property("Party", "The party for which the person acts.", ("people",), "parties"),
    "post": Property("Post", "Posts held.", ("people",)),
    "part_of": Property("Part of", "The place in which this place lies.", ("places",), "places"),
    "lat": Property("Latitude", "Degrees north (WGS 84).", ("places",)),
    "lon": Property("Longitude", "Degrees east (WGS 84).", ("places",)),
    "code": Property("Code", "Code of the issue.", ("issues",)),
    "broader": Property("Broader issue", "The parent issue.", ("issues",), "issues"),
    "exact_match": Property("Exact match", "Equivalent codes in other vocabularies, as `scheme:code`.", ("issues",)),
}


@dataclass(frozen=True, slots=True)
class Entity:
    """A record as this service returns it. `id` is `collection/slug`, because a slug is unique only within its
    collection."""

    collection: str
    slug: str
    name: str
    #: Values by property: texts, numbers, or references `{"id", "name"}`.
    values: dict[str, list[Any]]
    #: Identifiers by scheme.
    identifiers: dict[str, list[str]]

    @property
    def id(self) -> str:
        return f"{self.collection}/{self.slug}"

    @property
    def names(self) -> list[str]:
        return self.values["names"]

    def of(self, name: str) -> list[Any]:
        """Return the values of a property, or the identifiers in a scheme."""
        return self.values.get(name) or self.identifiers.get(name) or []

    @property
    def description(self) -> str:
        """One line that distinguishes the record from others with the same name."""
        parts = [self.collection, *map(str, self.of("kind")), *self.of("code"), *self.of("post")[:2]]
        parts += [one["name"] for name in ("party", "part_of", "broader") for one in self.of(name)]
        line = ", ".join(dict.fromkeys(part.replace("_", " ") for part in parts))
        summary = (self.of("summary") or [""])[0]
        return f"{line}. {summary}"[:300].strip() if summary else line
