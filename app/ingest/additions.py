"""What a dossier adds to records of other dossiers without restating them: rows of their lists, and citations.

"additions": {"people": [{"slug": "rustem-umerov", "posts": [{"title": "Minister of Defence", "party": "ukraine"}]}]}
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model

from app.domain.types import Slug
from app.errors import Violation, nearest
from app.schemas.record import CitationWrite
from app.web.validation import escape_pointer, violations_of_body
from app.writing.additions import Addition, Additions
from app.writing.intents import Intent, Mode
from app.writing.plan import plan_of
from app.writing.write_spec import WriteSpec

CITATIONS = "citations"
CITED: list[Any] = [[{"source": "moscow-times-2025-06-02-memorandum", "locator": "paragraph 9"}]]
#: Lists that only the record itself may state, by collection. Where a demand names no claimants, they are the authors of its
#: proposal: added ones would come and go as the dossiers are sent.
OWN_LISTS: Mapping[str, frozenset[str]] = {"demands": frozenset({"claimants"}), "proposals": frozenset({"authors"})}
#: Records of the document itself by slug: place and body.
Restated = Mapping[str, tuple[int, Any]]


@lru_cache(maxsize=64)
def addition_of(kind: WriteSpec) -> type[BaseModel]:
    """The schema of an addition to a record of this kind: its lists of rows, as its PUT takes them, and citations."""
    fields: dict[str, Any] = {}
    for rows in plan_of(kind.model, kind.schema).rows:
        if rows.name in OWN_LISTS.get(kind.collection, ()):
            continue
        info = kind.schema.model_fields[rows.name]
        annotation = Annotated[info.annotation, *info.metadata] if info.metadata else info.annotation
        described: Any = Field(default_factory=list, description=f"Added: {info.description}", examples=info.examples)
        fields[rows.name] = (annotation, described)
    title = kind.singular.title().replace("_", "")
    return create_model(
        f"{title}Addition",
        __config__=ConfigDict(extra="forbid", allow_inf_nan=False),
        __doc__=f"What a dossier adds to a {kind.singular} of another dossier: rows of its lists, and citations.",
        slug=(Slug, Field(description=f"Slug of the stored {kind.singular}.", examples=["rustem-umerov"])),
        **fields,
        citations=(list[CitationWrite], Field(default_factory=list, description="Added: who says so.", examples=CITED)),
    )


@dataclass(slots=True)
class Read:
    """The additions of a document, and what is wrong with them."""

    additions: list[Addition] = field(default_factory=list)
    citations: list[Intent] = field(default_factory=list)
    violations: list[Violation] = field(default_factory=list)
    marks: dict[str, dict[str, list[int]]] = field(default_factory=dict)
    """Rows of records that are in the document too: their places, by the record's pointer and the list."""


def read_additions(sent: Any, records: Any, kinds: Mapping[str, WriteSpec]) -> Read:
    """The additions as the writer takes them. Wrong types are reported by the schema of the envelope."""
    read = Read()
    for collection, several in sent.items() if isinstance(sent, Mapping) else ():
        kind = kinds.get(collection)
        if kind is None:
            read.violations.append(no_collection("additions", str(collection), list(kinds)))
            continue
        restated = _by_slug(records.get(collection) if isinstance(records, Mapping) else None)
        seen: set[str] = set()
        for index, one in enumerate(several if isinstance(several, list) else ()):
            _read_one(read, kind, one, f"/additions/{collection}/{index}", restated, seen)
    return read


def _read_one(read: Read, kind: WriteSpec, sent: Any, pointer: str, restated: Restated, seen: set[str]) -> None:
    schema = addition_of(kind)
    sent = _without_own_lists(read, kind, sent, pointer)
    try:
        body: Any = schema.model_validate(sent)
    except ValidationError as error:
        violations = violations_of_body(error, schema, sent)
        read.violations += [
            Violation(one.message, f"{pointer}{one.pointer or ''}", hint=one.hint) for one in violations
        ]
        return
    place = f"{pointer}/slug"
    if body.slug in seen:
        message = f"The {kind.singular} {body.slug!r} has another entry in this list"
        read.violations.append(Violation(message, place, hint="Put all of it into one entry."))
    seen.add(body.slug)
    said = body.model_dump(mode="json", exclude_unset=True)
    rows = {name: said[name] for name in said if name not in ("slug", CITATIONS)}
    if body.slug in restated:
        _mark(read, kind, sent, rows, pointer, restated[body.slug])
    elif rows:
        read.additions.append(Addition(kind.collection, body.slug, rows, pointer))
    for index, citation in enumerate(said.get(CITATIONS, ())):
        whole = {"target": f"{kind.collection}/{body.slug}", **citation}
        read.citations.append(Intent(CITATIONS, whole, Mode.PUT, pointer=f"{pointer}/{CITATIONS}/{index}"))


def _without_own_lists(read: Read, kind: WriteSpec, sent: Any, pointer: str) -> Any:
    """The addition without the lists that only the record itself may state; a fault for each of them."""
    if not isinstance(sent, Mapping):
        return sent
    own = OWN_LISTS.get(kind.collection, frozenset())
    for name in sorted(own & sent.keys()):
        message = f"The {name} of a {kind.singular} belong to the record itself and cannot be added"
        hint = f"Change them in the dossier that brings the {kind.singular}, or with PATCH /v1/{kind.collection}/…"
        read.violations.append(Violation(message, f"{pointer}/{name}", hint=hint))
    return {name: value for name, value in sent.items() if name not in own}


_TARGET = re.compile(r"(/additions/[^/]+/[0-9]+)/citations/[0-9]+/target")


def placed(violation: Violation, additions: Additions) -> Violation:
    """A fault of a written record as one of the document: an addition is written as the whole record, its citations as
    records of their own."""
    pointer = additions.placed(violation.pointer)
    if pointer is not None and (found := _TARGET.fullmatch(pointer)):
        pointer = f"{found[1]}/slug"
    return Violation(violation.message, pointer, violation.parameter, violation.hint)


def _mark(
    read: Read, kind: WriteSpec, sent: Any, rows: Mapping[str, Any], pointer: str, restated: tuple[int, Any]
) -> None:
    """Additions to a record of the same document: exports hold the whole record and say which of its rows were added."""
    index, record = restated
    for name in rows:
        there = record.get(name) if isinstance(record.get(name), list) else []
        for place, row in enumerate(sent[name]):
            if row in there:
                marks = read.marks.setdefault(f"/records/{kind.collection}/{index}", {})
                marks.setdefault(name, []).append(there.index(row))
            else:
                message = f"The {kind.singular} is a record of this dossier, but its `{name}` have no such row"
                hint = f"Put it into /records/{kind.collection}/{index}/{name} too, or remove the record from this dossier."
                read.violations.append(Violation(message, f"{pointer}/{name}/{place}", hint=hint))


def _by_slug(bodies: Any) -> dict[str, tuple[int, Any]]:
    """The bodies of a collection with their places."""
    several = enumerate(bodies) if isinstance(bodies, list) else ()
    return {str(body["slug"]): (index, body) for index, body in several if isinstance(body, Mapping) and "slug" in body}


def no_collection(part: str, name: str, known: list[str]) -> Violation:
    """A name in a part of a dossier that is not one of the known collections."""
    near = nearest(name, known)
    hint = f"Did you mean {near!r}?" if near else f"They are: {', '.join(known)}."
    return Violation(f"There is no collection {name[:60]!r}", f"/{part}/{escape_pointer(name)}", hint=hint)
