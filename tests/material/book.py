"""The dossiers in the making: records by collection and slug, who is at home where, and who says so."""

import re
import unicodedata
from dataclasses import dataclass, field
from typing import Any

from tests.material.fields import Raw
from tests.material.slugs import RELAYED

Record = dict[str, Any]

OUR_NAMES = {
    "same_as links them": "links of the kind repeats connect them",
    "kind = agenda_item": "act = agenda_item",
    "a group (P5P1)": "a group (P5+1)",
    "are kept in hours as well as days": "are kept in hours",
}
"""The material's names of its own keys in its notes, and ours."""

RESOURCES = (
    "issues", "processes", "parties", "people", "places", "sources", "talks", "delegations", "proposals",
    "demands", "agreements", "responses", "assessments", "citations",
)  # fmt: skip

# Letters that have no Latin base to fall back on, and apostrophes.
_LETTERS = str.maketrans("ıøł", "iol", "’'")

_IDS_IN_BRACKETS = re.compile(r"\(([^()]*)\)")


def slugify(*words: str, longest: int = 90) -> str:
    """Small letters, digits and single hyphens; letters without a Latin base (ı, ø) by hand."""
    text = " ".join(words).translate(_LETTERS)
    plain = unicodedata.normalize("NFKD", text)
    parts = re.findall("[a-z0-9]+", "".join(c for c in plain if not unicodedata.combining(c)).lower())
    slug = "-".join(parts)
    if len(slug) > longest:
        slug = slug[: longest + 1].rsplit("-", 1)[0]
    return slug


def cite(record: Record, source: str, pointer: str | None = None, **more: Any) -> None:
    """Add a citation to the record, once; a second one of another content gets a key of its own."""
    rows: list[Record] = record.setdefault("citations", [])
    row: Record = {"source": source}
    if pointer:
        row["field"] = pointer
    row |= {name: value for name, value in more.items() if value not in (None, [], "")}
    if row in rows:
        return
    twins = [r for r in rows if all(r.get(k) == row.get(k) for k in ("source", "field", "verdict"))]
    if twins:
        row = {"source": source, "key": f"{source}-{slugify(pointer or 'record')}-{len(twins) + 1}"} | row
    rows.append(row)


def caveat(record: Record, name: str, *, low: bool = True, basis: str | None = None, text: str | None = None) -> None:
    """Add a doubt about the field `name`; `low` where the material says so."""
    row = {"field": name, "confidence": "low" if low else None, "basis": basis, "text": text}
    record.setdefault("caveats", []).append({key: value for key, value in row.items() if value})


def coded(record: Record, name: str, words: str) -> None:
    """Keep the words of the material for a field that was mapped to a closed list."""
    record.setdefault("coded_from", {})[name] = words


@dataclass
class Dossier:
    slug: str
    title: str
    summary: str
    needs: list[str]
    notes: list[str] = field(default_factory=list)
    records: dict[str, dict[str, Record]] = field(default_factory=lambda: {name: {} for name in RESOURCES})
    loose: list[Record] = field(default_factory=list)

    def body(self) -> Record:
        """The dossier as it is written to its file; empty collections are left out."""
        records: Record = {}
        for name in RESOURCES:
            rows = [tidy(row) for row in self.records[name].values()]
            if rows:
                records[name] = rows
        head = {"format": "parley-dossier/1", "slug": self.slug, "title": self.title, "summary": self.summary}
        rest: Record = tidy({"notes": self.notes, "needs": self.needs})
        additions = {"additions": self._additions()} if self.loose else {}
        return head | rest | {"records": records} | additions

    def _additions(self) -> Record:
        """Citations of records of other dossiers."""
        added: Record = {}
        for row in self.loose:
            collection, slug = row["target"].split("/")
            entries = added.setdefault(collection, {})
            entry = entries.setdefault(slug, {"slug": slug, "citations": []})
            entry["citations"].append(tidy({key: value for key, value in row.items() if key != "target"}))
        return {name: list(added[name].values()) for name in RESOURCES if name in added}


def tidy(value: Any) -> Any:
    """Without null, empty texts and empty lists, at any depth."""
    if isinstance(value, dict):
        kept = {key: tidy(inner) for key, inner in value.items()}
        return {key: inner for key, inner in kept.items() if inner is not None and inner not in ("", [], {})}
    if isinstance(value, list):
        return [tidy(inner) for inner in value]
    return value


class Book:
    """All dossiers, and the slugs of everything that the material names by an id of its own."""

    def __init__(self) -> None:
        self.dossiers: dict[str, Dossier] = {}
        self._home: dict[tuple[str, str], Dossier] = {}
        self._slugs: dict[tuple[str, str, str], str] = {}
        self.unused: set[str] = set()
        self.publishers: dict[tuple[str, str], str] = {}
        self.parties_of: dict[str, list[str]] = {}

    def open(self, dossier: Dossier) -> Dossier:
        self.dossiers[dossier.slug] = dossier
        return dossier

    def name(self, file: str, collection: str, key: str, slug: str) -> str:
        """Remember the slug of an id of the file; two ids of one file never share a slug."""
        known = self._slugs.setdefault((file, collection, key), slug)
        assert known == slug, (file, collection, key)
        return slug

    def slug(self, file: str, collection: str, key: str) -> str:
        """The slug of an id of the file; KeyError where the material points at nothing."""
        return self._slugs[file, collection, key]

    def keys(self, file: str, collection: str) -> list[str]:
        """The file's ids of the collection, in the order of the file."""
        return [key for of, kind, key in self._slugs if (of, kind) == (file, collection)]

    def has(self, file: str, collection: str, key: str) -> bool:
        return (file, collection, key) in self._slugs

    def add(self, dossier: Dossier, collection: str, record: Record) -> Record:
        address = (collection, record["slug"])
        assert address not in self._home, address
        self._home[address] = dossier
        dossier.records[collection][record["slug"]] = record
        return record

    def find(self, collection: str, slug: str) -> Record | None:
        home = self._home.get((collection, slug))
        return home.records[collection][slug] if home else None

    def get(self, collection: str, slug: str) -> Record:
        return self._home[collection, slug].records[collection][slug]

    def cite_from(self, dossier: Dossier, collection: str, slug: str, source: str, **more: Any) -> None:
        """Cite a record: inside it where the dossier is its home, else as an addition of the dossier.

        `called` is a word of that record's slug, where it is not the end of the pointer.
        """
        pointer, called = more.pop("pointer", None), more.pop("called", None)
        if self._home[collection, slug] is dossier:
            cite(self.get(collection, slug), source, pointer, **more)
            return
        # Its own citations and those from here must differ in source, field and verdict, or by a key.
        told = [dict(row) for row in self.get(collection, slug).get("citations", [])]
        told += [
            {key: value for key, value in row.items() if key not in ("slug", "target")}
            for row in dossier.loose
            if row["target"] == f"{collection}/{slug}"
        ]
        holder: Record = {"citations": told}
        before = len(told)
        cite(holder, source, pointer, **more)
        for row in holder["citations"][before:]:
            number = len(dossier.loose) + 1
            called = called or (pointer or "").rsplit("/", 1)[-1]
            name = slugify(dossier.slug, "on", slug, called, longest=130)
            dossier.loose.append({"slug": f"{name}-{number}", "target": f"{collection}/{slug}"} | row)

    def person_named_in(self, file: str, text: str | None) -> str | None:
        """The person of the file whose surname stands first in the text."""
        found = []
        for (of, collection, _), slug in self._slugs.items():
            if of == file and collection == "people":
                surname = self.get("people", slug)["name"].split()[-1]
                if match := re.search(rf"\b{re.escape(surname)}\b", text or ""):
                    found.append((match.start(), slug))
        return min(found)[1] if found else None

    def say(self, file: str, text: str | None) -> str | None:
        """A text of the material with the short names of its sources replaced by their publishers."""
        if not text:
            return None
        for words, instead in (RELAYED | OUR_NAMES).items():
            text = text.replace(words, instead)

        def name(match: re.Match[str]) -> str:
            inner = match[1]
            for key in sorted((k for f, k in self.publishers if f == file), key=len, reverse=True):
                inner = re.sub(rf"(?<![\w-]){re.escape(key)}(?![\w-])", self.publishers[file, key], inner)
            return f"({inner})"

        return _IDS_IN_BRACKETS.sub(name, text)


def sources_of(book: Book, file: str, keys: list[Any]) -> list[str]:
    return [book.slug(file, "sources", key) for key in keys]


def cite_all(book: Book, file: str, record: Record, keys: list[Any], pointer: str | None = None, **more: Any) -> None:
    """One supporting citation for each source of the material."""
    for key in keys:
        cite(record, book.slug(file, "sources", key), pointer, **attribution(key), **more)


def attribution(source: str) -> Raw:
    """What is said of the telling: the one source of the material that is a person nobody names."""
    if source == "interfax-unnamed":
        chain = [{"text": "unnamed source familiar with the talks"}, {"text": "Interfax", "party": "interfax"}]
        return {"attribution": chain, "confidence": "low"}
    return {}
