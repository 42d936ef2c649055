"""The `additions` of a dossier: rows and citations that the dossier adds to records of other dossiers without repeating
these records.

"additions": {"people": [{"slug": "rustem-umerov", "posts": [{"title": "Minister of Defence", "party": "ukraine"}]}]}
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model

from app.domain.texts import Slug
from app.errors import Violation, nearest, quoted
from app.schemas.record_writes import CitationInRecord
from app.web.validation import escape_pointer, violations_of_body
from app.writing.additions import Addition, Additions
from app.writing.intents import Intent, Mode
from app.writing.plan import plan_of
from app.writing.write_spec import WriteSpec

CITATIONS = "citations"
CITED: list[Any] = [[{"source": "moscow-times-2025-06-02-memorandum", "locator": "paragraph 9"}]]
#: Lists that another dossier must not extend, by collection. If a demand names no claimants, the authors of its
#: proposal are its claimants. If another dossier could add authors or claimants, the result would depend on the order
#: in which dossiers are sent.
OWN_LISTS: Mapping[str, frozenset[str]] = {"demands": frozenset({"claimants"}), "proposals": frozenset({"authors"})}
#: Records of the same document by slug, each with its index in the list and its body.
RecordsBySlug = Mapping[str, tuple[int, Any]]


@lru_cache(maxsize=64)
def addition_schema(kind: WriteSpec) -> type[BaseModel]:
    """Return the schema of an addition to a record of this kind. An addition has citations, and the lists of rows that
    PUT accepts for the record."""
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
        __doc__=f"Rows and citations that a dossier adds to a {kind.singular} of another dossier.",
        slug=(Slug, Field(description=f"Slug of the stored {kind.singular}.", examples=["rustem-umerov"])),
        **fields,
        citations=(
            list[CitationInRecord],
            Field(
                default_factory=list, description="Added citations of sources that support the record.", examples=CITED
            ),
        ),
    )


@dataclass(slots=True)
class ParsedAdditions:
    """The additions in a document, and the errors in these additions."""

    additions: list[Addition] = field(default_factory=list)
    citations: list[Intent] = field(default_factory=list)
    violations: list[Violation] = field(default_factory=list)
    marks: dict[str, dict[str, list[int]]] = field(default_factory=dict)
    """For additions to records in the same document: the indexes of the added rows, by the pointer of the record and
    the name of the list."""


def parse_additions(sent: object, records: object, kinds: Mapping[str, WriteSpec]) -> ParsedAdditions:
    """Parse the additions for the writer. The schema of the envelope reports values of the wrong type."""
    parsed = ParsedAdditions()
    for collection, entries in sent.items() if isinstance(sent, Mapping) else ():
        kind = kinds.get(collection)
        if kind is None:
            parsed.violations.append(unknown_collection("additions", str(collection), list(kinds)))
            continue
        restated = _index_by_slug(records.get(collection) if isinstance(records, Mapping) else None)
        seen: set[str] = set()
        for index, sent in enumerate(entries if isinstance(entries, list) else ()):
            _parse_one(parsed, kind, sent, f"/additions/{collection}/{index}", restated, seen)
    return parsed


def _parse_one(
    parsed: ParsedAdditions, kind: WriteSpec, sent: object, pointer: str, restated: RecordsBySlug, seen: set[str]
) -> None:
    schema = addition_schema(kind)
    sent = _without_own_lists(parsed, kind, sent, pointer)
    try:
        body: Any = schema.model_validate(sent)
    except ValidationError as error:
        violations = violations_of_body(error, schema, sent)
        parsed.violations += [
            Violation(violation.message, f"{pointer}{violation.pointer or ''}", hint=violation.hint)
            for violation in violations
        ]
        return
    place = f"{pointer}/slug"
    if body.slug in seen:
        message = f"The {kind.singular} {quoted(body.slug)} appears more than once in this list"
        parsed.violations.append(Violation(message, place, hint="Merge the entries into one."))
    seen.add(body.slug)
    values = body.model_dump(mode="json", exclude_unset=True)
    rows = {name: values[name] for name in values if name not in ("slug", CITATIONS)}
    if body.slug in restated:
        _mark_added_rows(parsed, kind, sent, rows, pointer, restated[body.slug])
    elif rows:
        parsed.additions.append(Addition(kind.collection, body.slug, rows, pointer))
    for index, citation in enumerate(values.get(CITATIONS, ())):
        whole = {"target": f"{kind.collection}/{body.slug}", **citation}
        parsed.citations.append(Intent(CITATIONS, whole, Mode.PUT, pointer=f"{pointer}/{CITATIONS}/{index}"))


def _without_own_lists(parsed: ParsedAdditions, kind: WriteSpec, sent: object, pointer: str) -> object:
    """Return the addition without the lists that another dossier must not extend, and report each of those lists."""
    if not isinstance(sent, Mapping):
        return sent
    own = OWN_LISTS.get(kind.collection, frozenset())
    for name in sorted(own & sent.keys()):
        message = f"`{name}` of a {kind.singular} cannot be added by another dossier"
        hint = f"Change it in the dossier that contains the {kind.singular}, or with PATCH /v1/{kind.collection}/…"
        parsed.violations.append(Violation(message, f"{pointer}/{name}", hint=hint))
    return {name: value for name, value in sent.items() if name not in own}


_TARGET = re.compile(r"(/additions/[^/]+/[0-9]+)/citations/[0-9]+/target")


def relocate(violation: Violation, additions: Additions) -> Violation:
    """Convert an error in a written record to an error with a pointer into the dossier.

    The writer receives an addition as a whole record, and each citation of the addition as a separate record.
    """
    pointer = additions.placed(violation.pointer)
    if pointer is not None and (match := _TARGET.fullmatch(pointer)):
        pointer = f"{match[1]}/slug"
    return Violation(violation.message, pointer, violation.parameter, violation.hint)


def _mark_added_rows(
    parsed: ParsedAdditions,
    kind: WriteSpec,
    sent: Any,
    rows: Mapping[str, Any],
    pointer: str,
    restated: tuple[int, Any],
) -> None:
    """Note which rows of a record in the same document are additions. An export contains the whole record, and lists
    the added rows again in `additions`."""
    index, record = restated
    for name in rows:
        rows_of_record = record.get(name) if isinstance(record.get(name), list) else []
        for place, row in enumerate(sent[name]):
            if row in rows_of_record:
                marks = parsed.marks.setdefault(f"/records/{kind.collection}/{index}", {})
                marks.setdefault(name, []).append(rows_of_record.index(row))
            else:
                message = f"`{name}` of the {kind.singular} in this dossier does not contain this row"
                hint = f"Add the row to /records/{kind.collection}/{index}/{name} too, or remove the record from this dossier."
                parsed.violations.append(Violation(message, f"{pointer}/{name}/{place}", hint=hint))


def _index_by_slug(bodies: object) -> dict[str, tuple[int, object]]:
    """Return the bodies of a collection by slug, each with its index."""
    entries = enumerate(bodies) if isinstance(bodies, list) else ()
    return {str(body["slug"]): (index, body) for index, body in entries if isinstance(body, Mapping) and "slug" in body}


def unknown_collection(part: str, name: str, known: list[str]) -> Violation:
    """Return the error for a collection name that does not exist. `part` is the section of the dossier."""
    near = nearest(name, known)
    hint = f"Did you mean {quoted(near)}?" if near else f"The collections are: {', '.join(known)}."
    return Violation(f"There is no collection {quoted(name, 60)}", f"/{part}/{escape_pointer(name)}", hint=hint)
